"""Deployments on this machine: replicas are kept, scaled, and changed without a gap."""

from __future__ import annotations

import asyncio
import os
import signal
import urllib.request
from collections.abc import Callable
from contextlib import aclosing

from engines import eventually, find, observed, until
from workloads import container, deployment, server

from trimtab.compiler.bundle import Ref
from trimtab.reconciler.cluster import Change, Observed
from trimtab.reconciler.health.pods import ENOUGH, KEEPS_FAILING
from trimtab.reconciler.local import LocalCluster, pod_directory, processes


def ready(replicas: int) -> Callable[[Observed | None], bool]:
    return lambda seen: seen is not None and seen.health.ready and seen.health.ready_replicas == replicas


def read_all(address: str) -> bytes:
    with urllib.request.urlopen(address) as response:
        said: bytes = response.read()
    return said


async def pods(cluster: LocalCluster, namespace: str) -> list[Observed]:
    return list(await cluster.list("v1", "Pod", namespace))


def process_of(cluster: LocalCluster, pod: Observed) -> int:
    return processes.read(pod_directory.container(cluster.places.pods / pod.uid, "main")).pid


async def test_replicas_become_ready_and_answer(cluster: LocalCluster, namespace: str) -> None:
    made = observed(await cluster.apply(deployment(namespace, server("well"), replicas=2)))
    seen = await until(cluster, made.ref, ready(2), "two ready replicas")
    assert seen is not None
    assert seen.health.reconciled
    addresses = [pod.health.address for pod in await pods(cluster, namespace)]
    assert len(set(addresses)) == 2
    for address in addresses:
        answer = await asyncio.to_thread(read_all, address)
        assert answer == b"well"


async def test_a_rollout_never_has_fewer_ready_replicas_than_asked(
    cluster: LocalCluster, namespace: str
) -> None:
    rolling = {"rollingUpdate": {"maxUnavailable": 0, "maxSurge": 1}}
    body = deployment(namespace, server("old"), replicas=2, strategy=rolling)
    made = observed(await cluster.apply(body))
    await until(cluster, made.ref, ready(2), "two ready replicas")
    old = {pod.uid for pod in await pods(cluster, namespace)}
    watch = cluster.watch([("apps/v1", "Deployment")], namespace)
    async with aclosing(watch) as events, asyncio.timeout(30):
        await cluster.apply(deployment(namespace, server("new"), replicas=2, strategy=rolling))
        fewest = 2
        async for event in events:
            assert event.change is not Change.DELETED
            if event.observed is None:
                continue
            fewest = min(fewest, event.observed.health.ready_replicas)
            if event.observed.generation == 2 and event.observed.health.ready:
                break
    assert fewest == 2

    async def old_ones_gone() -> bool:
        return not old & {pod.uid for pod in await pods(cluster, namespace)}

    await eventually(old_ones_gone, "the end of the old replicas")


async def test_a_broken_new_version_leaves_the_old_one_serving(cluster: LocalCluster, namespace: str) -> None:
    made = observed(await cluster.apply(deployment(namespace, server("old"), replicas=1)))
    await until(cluster, made.ref, ready(1), "a ready replica")
    (old,) = await pods(cluster, namespace)
    broken = deployment(namespace, "raise SystemExit('bad model')", replicas=1, progressDeadlineSeconds=1)
    await cluster.apply(broken)
    late = await until(
        cluster, made.ref, lambda seen: seen is not None and "bad model" in seen.health.message, "the reason"
    )
    assert late is not None
    assert not late.health.ready
    assert old.uid in {pod.uid for pod in await pods(cluster, namespace) if pod.health.ready}


async def test_a_killed_replica_is_back(cluster: LocalCluster, namespace: str) -> None:
    made = observed(await cluster.apply(deployment(namespace, server(), replicas=1)))
    await until(cluster, made.ref, ready(1), "a ready replica")
    (pod,) = await pods(cluster, namespace)
    killed = process_of(cluster, pod)
    os.kill(killed, signal.SIGKILL)
    await until(
        cluster,
        pod.ref,
        lambda seen: seen is not None and seen.health.restarts == 1 and seen.health.ready,
        "its return",
    )
    assert process_of(cluster, pod) != killed


async def test_a_replica_whose_shim_was_killed_is_back(cluster: LocalCluster, namespace: str) -> None:
    made = observed(await cluster.apply(deployment(namespace, server(), replicas=1)))
    await until(cluster, made.ref, ready(1), "a ready replica")
    (pod,) = await pods(cluster, namespace)
    os.kill(
        processes.shim_number(pod_directory.container(cluster.places.pods / pod.uid, "main")), signal.SIGKILL
    )
    await until(
        cluster,
        pod.ref,
        lambda seen: seen is not None and seen.health.restarts == 1 and seen.health.ready,
        "its return",
    )


async def test_a_deleted_replica_is_made_again(cluster: LocalCluster, namespace: str) -> None:
    made = observed(await cluster.apply(deployment(namespace, server(), replicas=1)))
    await until(cluster, made.ref, ready(1), "a ready replica")
    (pod,) = await pods(cluster, namespace)
    await cluster.delete(pod.ref, uid=pod.uid)
    await until(cluster, pod.ref, lambda seen: seen is None, "its end")
    await until(cluster, made.ref, ready(1), "another replica")


async def test_an_autoscaler_keeps_replicas_within_its_bounds(cluster: LocalCluster, namespace: str) -> None:
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}
    autoscaler = {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": "web", "namespace": namespace},
        "spec": {"scaleTargetRef": target, "minReplicas": 2, "maxReplicas": 3},
    }
    scaler = observed(await cluster.apply(autoscaler))
    made = observed(await cluster.apply(deployment(namespace, server())))
    seen = await until(cluster, made.ref, ready(2), "two ready replicas")
    assert seen is not None
    assert seen.own == made.own
    assert observed(await cluster.apply(deployment(namespace, server()))).revision == seen.revision
    state = await find(cluster, scaler.ref)
    assert state is not None
    assert state.health.ready
    whole = await cluster.read(scaler.ref)
    assert whole is not None
    assert [c["reason"] for c in whole["status"]["conditions"] if c["type"] == "ScalingActive"] == [
        "LoadNotMeasured"
    ]


async def test_a_replica_that_is_not_well_is_started_again(cluster: LocalCluster, namespace: str) -> None:
    """Alive by its process, dead by its probe: the file it must keep is gone after the first start."""
    code = "import pathlib, time; pathlib.Path('well').unlink(missing_ok=True); time.sleep(600)"
    probe = {"exec": {"command": ["test", "-e", "well"]}, "periodSeconds": 1, "failureThreshold": 1}
    made = observed(
        await cluster.apply(deployment(namespace, container(code, livenessProbe=probe), replicas=1))
    )

    async def restarted() -> bool:
        return any(pod.health.restarts for pod in await pods(cluster, namespace))

    await eventually(restarted, "a restart")
    said = [happening.reason for happening in await cluster.events(namespace)]
    assert "Unhealthy" in said
    assert (await find(cluster, made.ref)) is not None


async def test_a_replica_is_ready_when_its_probe_says_so(cluster: LocalCluster, namespace: str) -> None:
    probe = {"exec": {"command": ["test", "-e", "ready"]}, "periodSeconds": 1}
    made = observed(
        await cluster.apply(
            deployment(namespace, container("import time; time.sleep(600)", readinessProbe=probe), replicas=1)
        )
    )
    await until(cluster, made.ref, lambda seen: seen is not None and seen.health.active == 1, "the replica")
    (pod,) = await pods(cluster, namespace)
    running = await until(
        cluster, pod.ref, lambda seen: seen is not None and seen.health.active == 1, "its start"
    )
    assert running is not None
    assert not running.health.ready
    root = pod_directory.root(cluster.places.pods / pod.uid, "main")
    (root / "ready").touch()
    await until(cluster, made.ref, ready(1), "its readiness")


async def test_a_deployment_that_is_deleted_takes_its_replicas_along(
    cluster: LocalCluster, namespace: str
) -> None:
    made = observed(await cluster.apply(deployment(namespace, server(), replicas=2)))
    await until(cluster, made.ref, ready(2), "two ready replicas")
    await cluster.delete(made.ref, uid=made.uid)
    await until(cluster, Ref("apps/v1", "Deployment", namespace, "web"), lambda seen: seen is None, "its end")
    assert await pods(cluster, namespace) == []


async def test_a_server_that_fails_again_and_again_says_why_and_is_started_all_the_same(
    cluster: LocalCluster, namespace: str
) -> None:
    failing = container("print('no such model: m.pt2'); raise SystemExit(3)")
    made = observed(await cluster.apply(deployment(namespace, failing)))
    seen = await until(
        cluster, made.ref, lambda o: o is not None and o.health.reason == KEEPS_FAILING, "what it came to"
    )
    assert seen is not None
    assert "ended with exit code 3" in seen.health.message
    assert "no such model: m.pt2" in seen.health.message
    assert not seen.health.ready
    assert seen.health.restarts >= ENOUGH
    more = seen.health.restarts
    await until(cluster, made.ref, lambda o: o is not None and o.health.restarts > more, "another start")
