"""One writer at a time, and what an engine says of itself."""

from __future__ import annotations

from typing import Any

from engines import observed

from trimtab.compiler.bundle import Ref
from trimtab.reconciler.cluster import Cluster, HeldBy


async def test_a_lease_has_one_holder(cluster: Cluster, other: Cluster, namespace: str) -> None:
    assert await other.holder(namespace, "digits") is None
    lease = await cluster.acquire(namespace, "digits", "ann on laptop")
    assert not isinstance(lease, HeldBy)
    assert lease.valid()
    refused = await other.acquire(namespace, "digits", "bob")
    assert isinstance(refused, HeldBy)
    assert refused.holder == "ann on laptop"
    assert refused.since
    assert await other.holder(namespace, "digits") == refused
    await lease.release()
    assert not lease.valid()
    assert await other.holder(namespace, "digits") is None
    second = await other.acquire(namespace, "digits", "bob")
    assert not isinstance(second, HeldBy)
    await second.release()


async def test_leases_of_different_names_do_not_meet(cluster: Cluster, namespace: str) -> None:
    one = await cluster.acquire(namespace, "one", "ann")
    two = await cluster.acquire(namespace, "two", "ann")
    assert not isinstance(one, HeldBy)
    assert not isinstance(two, HeldBy)
    await one.release()
    await two.release()


async def test_an_engine_names_itself(cluster: Cluster, other: Cluster) -> None:
    info = await cluster.inspect()
    assert info.uid
    assert info == await other.inspect()
    assert ("batch/v1", "Job") in info.kinds


async def test_a_controller_that_says_something_is_heard(cluster: Cluster, namespace: str) -> None:
    container = {"name": "main", "image": "registry.example.com/nothing:1", "command": ["true"]}
    template = {"spec": {"restartPolicy": "Never", "containers": [container]}}
    spec: dict[str, Any] = {"backoffLimit": 0, "template": template}
    ref = Ref("batch/v1", "Job", namespace, "job")
    metadata = {"name": ref.name, "namespace": namespace}
    assert await cluster.events(namespace, ref) == []
    observed(
        await cluster.create({"apiVersion": "batch/v1", "kind": "Job", "metadata": metadata, "spec": spec})
    )
    events = cluster.watch([("batch/v1", "Job")], namespace)
    async for event in events:
        if event.observed is not None and event.observed.health.reason:
            break
    await events.aclose()  # type: ignore[attr-defined]
    assert [happening.ref.namespace for happening in await cluster.events(namespace)] != []
