"""Writes whose answer is lost, on a real API server behind a proxy that loses them: done once, and known to be done."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from cluster_access import cluster_at
from control_plane import Access
from engines import find, observed
from faulty_http import HALF_AN_ANSWER, LOSE_ANSWER, LOSE_REQUEST, FaultyProxy, answer, faulty_proxy
from ledger_records import RECORD

from trimtab.reconciler.cluster import AlreadyExists, Stale
from trimtab.reconciler.kubernetes import KubernetesCluster
from trimtab.reconciler.ledger import to_body

LOSSES = pytest.mark.parametrize(
    "loss",
    [LOSE_REQUEST, LOSE_ANSWER, HALF_AN_ANSWER, answer(504, "<html>", kind="text/html")],
    ids=["request", "answer", "half an answer", "gateway timeout"],
)


@pytest.fixture
async def proxy(control_plane: Access, tmp_path: Path) -> AsyncIterator[FaultyProxy]:
    async with faulty_proxy(control_plane, tmp_path) as proxy:
        yield proxy


@pytest.fixture
async def cluster(proxy: FaultyProxy) -> AsyncIterator[KubernetesCluster]:
    cluster = cluster_at(proxy.kubeconfig)
    yield cluster
    await cluster.close()


@pytest.fixture
def config(kube_namespace: str) -> dict[str, Any]:
    metadata = {"name": "settings", "namespace": kube_namespace}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {"color": "red"}}


def writes(proxy: FaultyProxy, method: str) -> int:
    return len(proxy.asked(method, "/(configmaps|runs)"))


@LOSSES
async def test_a_creation_happens_once_and_is_ours(
    cluster: KubernetesCluster, proxy: FaultyProxy, config: dict[str, Any], loss: Any
) -> None:
    proxy.next("POST", "/configmaps", loss)
    made = observed(await cluster.create(config))
    assert writes(proxy, "POST") == 2
    assert await find(cluster, made.ref) == made


async def test_a_creation_of_somebody_else_is_not_taken_for_ours(
    cluster: KubernetesCluster, control_plane: Access, proxy: FaultyProxy, config: dict[str, Any]
) -> None:
    other = cluster_at(control_plane.kubeconfig, "somebody-else")
    theirs = observed(await other.create(config))
    proxy.next("POST", "/configmaps", LOSE_ANSWER)
    assert await cluster.create(config) == AlreadyExists(theirs.ref)
    await other.close()


@LOSSES
async def test_an_apply_happens_as_if_once(
    cluster: KubernetesCluster, proxy: FaultyProxy, config: dict[str, Any], loss: Any
) -> None:
    first = observed(await cluster.apply(config))
    proxy.next("PATCH", "/configmaps", loss)
    changed = observed(await cluster.apply({**config, "data": {"color": "blue"}}))
    assert changed.uid == first.uid
    assert await find(cluster, changed.ref) == changed


@LOSSES
async def test_an_apply_to_one_object_happens_as_if_once(
    cluster: KubernetesCluster, proxy: FaultyProxy, config: dict[str, Any], loss: Any
) -> None:
    first = observed(await cluster.apply(config))
    proxy.next("PATCH", "/configmaps", loss)
    blue = {**config, "data": {"color": "blue"}}
    changed = observed(await cluster.apply(blue, force=True, uid=first.uid))
    assert writes(proxy, "PATCH") == 3
    assert await find(cluster, changed.ref) == changed


async def test_an_apply_never_takes_a_successor(
    cluster: KubernetesCluster, control_plane: Access, proxy: FaultyProxy, config: dict[str, Any]
) -> None:
    """The object goes and comes again under its name while the answer to our apply is lost."""
    made = observed(await cluster.apply(config))
    path = f"/api/v1/namespaces/{made.ref.namespace}/configmaps"

    async def replaced(request: Any, pass_on: Any) -> Any:
        await pass_on()
        control_plane.api.delete(f"{path}/{made.ref.name}")
        control_plane.api.create(path, config)
        return await LOSE_REQUEST(request, pass_on)

    proxy.next("PATCH", "/configmaps", replaced)
    blue = {**config, "data": {"color": "blue"}}
    assert await cluster.apply(blue, force=True, uid=made.uid) == Stale(made.ref)
    successor = control_plane.api.get(f"{path}/{made.ref.name}")
    assert successor["data"] == config["data"]
    assert [entry["manager"] for entry in successor["metadata"]["managedFields"]] != ["trimtab"]


@LOSSES
async def test_a_replacement_that_was_done_is_no_stale_one(
    cluster: KubernetesCluster, proxy: FaultyProxy, config: dict[str, Any], loss: Any
) -> None:
    first = observed(await cluster.create(config))
    proxy.next("PUT", "/configmaps", loss)
    second = observed(await cluster.replace({**config, "data": {"color": "blue"}}, revision=first.revision))
    assert await find(cluster, first.ref) == second


async def test_a_replacement_that_somebody_forestalled_is_stale(
    cluster: KubernetesCluster, control_plane: Access, proxy: FaultyProxy, config: dict[str, Any]
) -> None:
    first = observed(await cluster.create(config))
    other = cluster_at(control_plane.kubeconfig, "somebody-else")
    await other.apply({**config, "data": {"size": "1"}})
    proxy.next("PUT", "/configmaps", LOSE_ANSWER)
    blue = {**config, "data": {"color": "blue"}}
    assert await cluster.replace(blue, revision=first.revision) == Stale(first.ref)
    await other.close()


@LOSSES
async def test_a_claim_that_was_made_is_known_to_be_ours(
    cluster: KubernetesCluster, prepared_cluster: Access, proxy: FaultyProxy, kube_namespace: str, loss: Any
) -> None:
    run = observed(await cluster.create(to_body(RECORD, "digits", kube_namespace)))
    proxy.next("PUT", "/runs/.*/status", loss)
    claim = {"phase": "Queued", "attempt": 1}
    claimed = observed(await cluster.set_status(run.ref, claim, revision=run.revision))
    assert claimed.body is not None
    assert claimed.body["status"] == claim
    assert await cluster.set_status(run.ref, claim, revision=run.revision) == Stale(run.ref)


@LOSSES
async def test_a_deletion_that_was_done_is_no_stale_one(
    cluster: KubernetesCluster, proxy: FaultyProxy, config: dict[str, Any], loss: Any
) -> None:
    made = observed(await cluster.apply(config))
    proxy.next("DELETE", "/configmaps", loss)
    assert await cluster.delete(made.ref, uid=made.uid, revision=made.revision) is None
    assert await find(cluster, made.ref) is None
    assert await cluster.delete(made.ref, uid=made.uid) == Stale(made.ref)


async def test_a_deletion_waits_for_finalizers_and_is_done_when_it_was_accepted(
    cluster: KubernetesCluster, control_plane: Access, proxy: FaultyProxy, config: dict[str, Any]
) -> None:
    metadata = {**config["metadata"], "finalizers": ["example.com/never"]}
    made = observed(await cluster.create({**config, "metadata": metadata}))
    proxy.next("DELETE", "/configmaps", LOSE_ANSWER)
    assert await cluster.delete(made.ref, uid=made.uid, revision=made.revision) is None
    left = await find(cluster, made.ref)
    assert left is not None
    assert left.deleting
    path = f"/api/v1/namespaces/{made.ref.namespace}/configmaps/{made.ref.name}"
    freed = {"metadata": {"finalizers": None}}
    control_plane.api.request("PATCH", path, freed, "application/merge-patch+json")


async def test_a_deletion_never_takes_a_successor(
    cluster: KubernetesCluster, control_plane: Access, proxy: FaultyProxy, config: dict[str, Any]
) -> None:
    """The object goes and comes again under its name while the answer to our deletion is lost."""
    made = observed(await cluster.create(config))
    path = f"/api/v1/namespaces/{made.ref.namespace}/configmaps"

    async def replaced(request: Any, pass_on: Any) -> Any:
        await pass_on()
        control_plane.api.create(path, config)
        return await LOSE_REQUEST(request, pass_on)

    proxy.next("DELETE", "/configmaps", replaced)
    assert await cluster.delete(made.ref, uid=made.uid) is None
    successor = await find(cluster, made.ref)
    assert successor is not None
    assert successor.uid != made.uid
