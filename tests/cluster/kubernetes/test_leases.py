"""One writer a system: a Lease on a real API server, taken, renewed, lost, abandoned and taken over."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import uuid
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from cluster_access import client, cluster_at
from control_plane import Access, Refused
from engines import PATIENCE, eventually, observed

from trimtab.reconciler.cluster import AlreadyExists, ClusterUnavailable, HeldBy, Lease, Observed
from trimtab.reconciler.kubernetes import KubernetesCluster
from trimtab.reconciler.kubernetes.leases import HOLDER, HeldLease, Times

BRIEF = Times(duration=1, deadline=0.6, renew=0.1, retry=0.1)
LEASES = "/apis/coordination.k8s.io/v1/namespaces/{}/leases"

Connect = Callable[..., KubernetesCluster]


@pytest.fixture
async def connect(control_plane: Access) -> AsyncIterator[Connect]:
    made: list[KubernetesCluster] = []

    def connect(times: Times | None = None) -> KubernetesCluster:
        made.append(cluster_at(control_plane.kubeconfig, lease_times=times))
        return made[-1]

    yield connect
    for cluster in made:
        await cluster.close()


def written(plane: Access, namespace: str) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = plane.api.get(f"{LEASES.format(namespace)}/digits")
    except Refused:
        return None
    return found


def change(plane: Access, namespace: str, body: dict[str, Any]) -> None:
    path = f"{LEASES.format(namespace)}/digits"
    plane.api.request("PATCH", path, body, "application/merge-patch+json")


async def held(cluster: KubernetesCluster, namespace: str, holder: str = "ann") -> Lease:
    lease = await cluster.acquire(namespace, "digits", holder)
    assert not isinstance(lease, HeldBy)
    return lease


async def test_a_lease_is_there_as_long_as_it_is_held(
    connect: Connect, control_plane: Access, kube_namespace: str
) -> None:
    lease = await held(connect(), kube_namespace)
    there = written(control_plane, kube_namespace)
    assert there is not None
    assert there["spec"]["holderIdentity"] == "ann"
    assert there["spec"]["leaseDurationSeconds"] == Times().duration
    await lease.release()
    await lease.release()
    assert written(control_plane, kube_namespace) is None


async def test_a_namespace_that_is_not_there_is_created_and_one_that_is_stays_as_it_is(
    connect: Connect, control_plane: Access
) -> None:
    name = f"lease-{uuid.uuid4().hex[:8]}"
    one, other = await asyncio.gather(
        connect().acquire(name, "digits", "ann"), connect().acquire(name, "letters", "bob")
    )
    assert not isinstance(one, HeldBy)
    assert not isinstance(other, HeldBy)
    path = f"/api/v1/namespaces/{name}"
    before = control_plane.api.get(path)["metadata"]["resourceVersion"]
    await one.release()
    await held(connect(), name)
    assert control_plane.api.get(path)["metadata"]["resourceVersion"] == before
    control_plane.api.delete(path)


async def test_a_namespace_is_made_as_it_is_asked_for_once(connect: Connect, control_plane: Access) -> None:
    name = f"home-{uuid.uuid4().hex[:8]}"
    body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": {"color": "red"}}}
    made = await connect().make_namespace(body)
    assert isinstance(made, Observed)
    assert made.own
    assert made.labels["color"] == "red"
    lease = await held(connect(), name)
    there = await connect().make_namespace({**body, "metadata": {"name": name, "labels": {"color": "blue"}}})
    assert isinstance(there, AlreadyExists)
    assert there.observed is not None
    assert (there.observed.uid, there.observed.labels["color"]) == (made.uid, "red")
    await lease.release()
    control_plane.api.delete(f"/api/v1/namespaces/{name}")


async def test_a_namespace_that_is_refused_is_left_to_whoever_plans(
    connect: Connect, control_plane: Access
) -> None:
    name = f"home-{uuid.uuid4().hex[:8]}"
    labels = {"color": "not a value of a label"}
    body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}
    assert await connect().make_namespace(body) is None
    await held(connect(), name)
    control_plane.api.delete(f"/api/v1/namespaces/{name}")


async def test_who_may_not_hold_one_is_told(control_plane: Access, kube_namespace: str) -> None:
    jane = control_plane.users.named("jane")
    async with client(control_plane, jane.kubeconfig) as cluster:
        with pytest.raises(
            ClusterUnavailable, match=r"jane may not create leases\.coordination\.k8s\.io in namespace"
        ):
            await cluster.acquire(kube_namespace, "digits", "jane")


async def test_renewals_keep_it_valid(connect: Connect, control_plane: Access, kube_namespace: str) -> None:
    lease = await connect(Times(renew=0.1)).acquire(kube_namespace, "digits", "ann")
    assert isinstance(lease, HeldLease)
    first, seen = lease.deadline, set()

    async def has_been_renewed_often() -> bool:
        assert lease.valid()
        there = written(control_plane, kube_namespace)
        assert there is not None
        seen.add(there["spec"]["renewTime"])
        return len(seen) > 3

    await eventually(has_been_renewed_often)
    assert lease.deadline > first


async def test_a_second_writer_waits_and_then_has_it(connect: Connect, kube_namespace: str) -> None:
    lease = await held(connect(), kube_namespace)
    second = connect()
    refused = await second.acquire(kube_namespace, "digits", "bob")
    assert isinstance(refused, HeldBy)
    assert refused.holder == "ann"
    await lease.release()
    assert (await held(second, kube_namespace, "bob")).valid()


async def test_many_writers_at_once_are_one(connect: Connect, kube_namespace: str) -> None:
    asked = [connect().acquire(kube_namespace, "digits", f"writer {n}") for n in range(8)]
    answers = await asyncio.gather(*asked)
    assert len([answer for answer in answers if not isinstance(answer, HeldBy)]) == 1


async def test_what_nobody_renews_is_taken_over_once_its_time_is_up(
    connect: Connect, control_plane: Access, kube_namespace: str
) -> None:
    """Its holder is somewhere else, so nothing but the API server's clock tells."""
    lease = await connect(BRIEF).acquire(kube_namespace, "digits", "ann")
    assert isinstance(lease, HeldLease)
    change(control_plane, kube_namespace, {"metadata": {"annotations": {HOLDER: "elsewhere 1 2/3"}}})
    await lease.abandon()
    first = written(control_plane, kube_namespace)
    second = connect()
    assert isinstance(await second.acquire(kube_namespace, "digits", "bob"), HeldBy)
    taken: list[Lease] = []

    async def is_taken() -> bool:
        answer = await second.acquire(kube_namespace, "digits", "bob")
        if not isinstance(answer, HeldBy):
            taken.append(answer)
        return bool(taken)

    await eventually(is_taken)
    there = written(control_plane, kube_namespace)
    assert first is not None
    assert there is not None
    assert there["metadata"]["uid"] != first["metadata"]["uid"]
    assert taken[0].valid()


async def test_many_who_take_over_at_once_are_one(
    connect: Connect, control_plane: Access, kube_namespace: str
) -> None:
    lease = await connect().acquire(kube_namespace, "digits", "ann")
    assert isinstance(lease, HeldLease)
    await lease.abandon()
    asked = [connect().acquire(kube_namespace, "digits", f"writer {n}") for n in range(8)]
    answers = await asyncio.gather(*asked)
    assert len([answer for answer in answers if not isinstance(answer, HeldBy)]) == 1


async def test_a_holder_from_whom_it_was_taken_stops_and_takes_nothing_back(
    connect: Connect, control_plane: Access, kube_namespace: str
) -> None:
    lease = await held(connect(Times(deadline=600, renew=0.1)), kube_namespace)
    control_plane.api.delete(f"{LEASES.format(kube_namespace)}/digits")
    second = await held(connect(), kube_namespace, "bob")

    async def has_stopped() -> bool:
        return not lease.valid()

    await eventually(has_stopped)
    await lease.release()
    assert second.valid()
    there = written(control_plane, kube_namespace)
    assert there is not None
    assert there["spec"]["holderIdentity"] == "bob"


HOLD = """
import asyncio, sys
from pathlib import Path
from cluster_access import cluster_at

async def hold():
    cluster = cluster_at(Path(sys.argv[1]))
    print(await cluster.acquire(sys.argv[2], "digits", "the other one"), flush=True)
    await asyncio.sleep(600)

asyncio.run(hold())
"""


async def test_who_lost_one_does_not_keep_another_system_of_the_same_connection_from_writing(
    connect: Connect, control_plane: Access, kube_namespace: str
) -> None:
    shared = connect(BRIEF)
    loser, other = shared.beside(), shared.beside()
    lost = await held(loser, kube_namespace)
    kept = await other.acquire(kube_namespace, "letters", "ann")
    assert not isinstance(kept, HeldBy)
    control_plane.api.delete(f"{LEASES.format(kube_namespace)}/digits")

    async def is_lost() -> bool:
        return not lost.valid()

    await eventually(is_lost, "the loss")
    metadata = {"name": "settings", "namespace": kube_namespace}
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata}
    observed(await other.apply(body))
    with pytest.raises(ClusterUnavailable, match="the lease has run out"):
        await loser.apply(body)
    await loser.close()
    assert kept.valid()
    await other.close()


async def test_nothing_is_written_between_two_holdings(connect: Connect, kube_namespace: str) -> None:
    """Who has never held one writes as administrators do: without."""
    cluster = connect()
    metadata = {"name": "settings", "namespace": kube_namespace}
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata}
    observed(await cluster.apply(body))
    lease = await held(cluster, kube_namespace)
    observed(await cluster.apply(body))
    await lease.release()
    with pytest.raises(ClusterUnavailable, match="the lease has run out"):
        await cluster.apply({**body, "data": {"late": "yes"}})
    await held(cluster, kube_namespace)
    observed(await cluster.apply(body))


async def test_a_writer_that_was_killed_on_this_machine_blocks_nobody(
    connect: Connect, control_plane: Access, kube_namespace: str
) -> None:
    other = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        HOLD,
        str(control_plane.kubeconfig),
        kube_namespace,
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert other.stdout is not None
    try:
        async with asyncio.timeout(PATIENCE):
            assert b"HeldLease" in await other.stdout.readline()
        cluster = connect()
        refused = await cluster.acquire(kube_namespace, "digits", "me")
        assert isinstance(refused, HeldBy)
        assert refused.holder == "the other one"
    finally:
        other.send_signal(signal.SIGKILL)
        await other.wait()
    assert (await held(cluster, kube_namespace, "me")).valid()
