"""Nothing is deleted that is not the very object that was meant."""

from __future__ import annotations

from typing import Any

from engines import find, observed, until

from trimtab.compiler.bundle import Ref
from trimtab.reconciler.cluster import Cluster, Stale


async def test_a_delete_takes_the_object_away(cluster: Cluster, config: dict[str, Any]) -> None:
    made = observed(await cluster.apply(config))
    assert await cluster.delete(made.ref, uid=made.uid, revision=made.revision) is None
    await until(cluster, made.ref, lambda seen: seen is None)


async def test_another_uid_is_stale(cluster: Cluster, config: dict[str, Any]) -> None:
    first = observed(await cluster.apply(config))
    await cluster.delete(first.ref, uid=first.uid)
    second = observed(await cluster.apply(config))
    assert second.uid != first.uid
    assert await cluster.delete(first.ref, uid=first.uid) == Stale(first.ref)
    assert await find(cluster, second.ref) == second


async def test_another_revision_is_stale(cluster: Cluster, config: dict[str, Any]) -> None:
    first = observed(await cluster.apply(config))
    second = observed(await cluster.apply({**config, "data": {"color": "blue"}}))
    assert await cluster.delete(first.ref, uid=first.uid, revision=first.revision) == Stale(first.ref)
    assert await cluster.delete(first.ref, uid=first.uid, revision=second.revision) is None


async def test_what_is_not_there_is_stale(cluster: Cluster, namespace: str) -> None:
    ref = Ref("v1", "ConfigMap", namespace, "nothing")
    assert await cluster.delete(ref, uid="x") == Stale(ref)


async def test_a_namespace_takes_along_what_is_in_it(
    cluster: Cluster, namespace: str, config: dict[str, Any]
) -> None:
    made = observed(await cluster.apply(config))
    place = await find(cluster, Ref("v1", "Namespace", "", namespace))
    assert place is not None
    assert await cluster.delete(place.ref, uid=place.uid) is None
    await until(cluster, place.ref, lambda seen: seen is None, "the namespace's end")
    assert await find(cluster, made.ref) is None


async def test_dependents_go_with_their_owner(cluster: Cluster, config: dict[str, Any]) -> None:
    owner = observed(await cluster.apply(config))
    reference = {"apiVersion": "v1", "kind": "ConfigMap", "name": owner.ref.name, "uid": owner.uid}
    metadata = {**config["metadata"], "name": "dependent", "ownerReferences": [reference]}
    dependent = observed(await cluster.apply({**config, "metadata": metadata}))
    await cluster.delete(owner.ref, uid=owner.uid)
    await until(cluster, dependent.ref, lambda seen: seen is None, "the dependent's end")
