"""A JobSet of `manifests` in a queue of Kueue, by the real controllers: followed by our health, and never fought.

It waits behind somebody else's, runs, is preempted by what is more urgent, is let in again and ends. Of ours the API
server hears of it once.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from cluster_access import client, install
from compiled_specs import CLUSTER, FILE, bundle
from node_agent import Node
from node_agent.fixtures import PYTHON, ClusterWithNodes
from node_agent.live_namespace import PATIENCE, LiveNamespace
from own_objects import HARDENED
from settling import Silent

from trimtab.compiler.bundle import Bundle, Ref
from trimtab.reconciler.actions import HoldKind
from trimtab.reconciler.cluster import Health
from trimtab.reconciler.loop import Loop, Origin
from trimtab.reconciler.session import Prepared, opened
from trimtab.spec.load import load
from trimtab.spec.resolve import resolve

GPU, POOL = "nvidia.com/gpu", "example.com/pool"
NODE = Node("queued-gpu", {GPU: "8"}, {POOL: "queued"})
SECONDS = 30
"""How long ours runs. It is preempted as soon as it is seen to run."""
SPEC_PATH = ("spec", "manifests", "tune")


@pytest.fixture(scope="module")
def gpus(cluster_with_queues: ClusterWithNodes) -> Iterator[ClusterWithNodes]:
    """Eight, on one node."""
    cluster_with_queues.agent.add_node(NODE)
    asyncio.run(install(cluster_with_queues.plane, force=True))
    yield cluster_with_queues
    cluster_with_queues.agent.remove_node(NODE.name)


def kueue(kind: str, name: str, namespace: str = "", **body: Any) -> dict[str, Any]:
    metadata = {"name": name, **({"namespace": namespace} if namespace else {})}
    return {"apiVersion": "kueue.x-k8s.io/v1beta1", "kind": kind, "metadata": metadata, **body}


def queue_of_eight(live: LiveNamespace) -> None:
    """Its flavor names a node, so that Kueue writes a node selector into what it lets in."""
    flavors = [{"name": live.name, "resources": [{"name": GPU, "nominalQuota": 8}]}]
    spec = {
        "namespaceSelector": {},
        "preemption": {"withinClusterQueue": "LowerPriority"},
        "resourceGroups": [{"coveredResources": [GPU], "flavors": flavors}],
    }
    for body in (
        kueue("ResourceFlavor", live.name, spec={"nodeLabels": {POOL: "queued"}}),
        kueue("ClusterQueue", live.name, spec=spec),
        kueue("LocalQueue", "queue", live.name, spec={"clusterQueue": live.name}),
        kueue("WorkloadPriorityClass", f"urgent-{live.name}"[:63], value=1000),
    ):
        live.plane.kubectl("apply", "--server-side", "-f", "-", stdin=body)


def job_set(name: str, code: str, priority: str = "") -> dict[str, Any]:
    """Two Pods with four GPUs each."""
    container = {
        "name": "main",
        "image": f"{PYTHON}@sha256:{64 * '0'}",
        "command": ["python", "-c", code],
        "resources": {"limits": {GPU: 4}},
        "securityContext": HARDENED,
    }
    pod = {
        "restartPolicy": "Never",
        "terminationGracePeriodSeconds": 1,
        "nodeSelector": {"kubernetes.io/os": "linux"},  # to which Kueue adds its own
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": 10001,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "containers": [container],
    }
    job = {"parallelism": 2, "completions": 2, "backoffLimit": 0, "template": {"spec": pod}}
    labels = {"kueue.x-k8s.io/queue-name": "queue"}
    if priority:
        labels["kueue.x-k8s.io/priority-class"] = priority
    return {
        "apiVersion": "jobset.x-k8s.io/v1alpha2",
        "kind": "JobSet",
        "metadata": {"name": name, "labels": labels},
        "spec": {"replicatedJobs": [{"name": "workers", "template": {"spec": job}}]},
    }


def system(namespace: str) -> Bundle:
    document = {
        "apiVersion": "trimtab.dev/v1",
        "kind": "MLSystem",
        "metadata": {"name": "tuning", "namespace": namespace},
        "spec": {
            "manifests": {"tune": job_set("tune", f"import time; time.sleep({SECONDS})")},
            "environments": {"cluster": {"runOn": "tests", "runtimeImage": f"{PYTHON}@sha256:{64 * '0'}"}},
        },
    }
    return bundle(resolve(load(json.dumps(document), FILE), "cluster"), CLUSTER)


async def others(live: LiveNamespace, name: str, priority: str = "") -> None:
    body = job_set(name, "import time; time.sleep(1000)", priority)
    await asyncio.to_thread(
        live.plane.kubectl, "-n", live.name, "apply", "--server-side", "-f", "-", stdin=body
    )


async def leaves(live: LiveNamespace, name: str) -> None:
    await asyncio.to_thread(live.plane.kubectl, "-n", live.name, "delete", "jobset", name, "--wait=false")


async def follow(loop: Loop, ref: Ref, holds: Callable[[Health], bool], what: str) -> Health:
    """Until its health is so, while the loop goes on."""
    try:
        async with asyncio.timeout(PATIENCE):
            while True:
                observed = loop.mirror.objects.get(ref)
                if observed is not None and holds(observed.health):
                    return observed.health
                await asyncio.sleep(0.1)
    except TimeoutError:
        raise AssertionError(f"{what} did not come true: {loop.mirror.objects.get(ref)}") from None


async def test_it_waits_runs_is_preempted_runs_again_and_ends(
    gpus: ClusterWithNodes, queued: LiveNamespace
) -> None:
    plane, made = gpus.plane, system(queued.name)
    ref = next(m.ref for m in made.manifests if m.ref.kind == "JobSet")
    queue_of_eight(queued)
    await others(queued, "before")
    queued.until(lambda: len(queued.pods()) == 2, "the one before it")
    before = plane.audit.mark()
    prepared = Prepared(FILE, {}, resolve(load("", FILE)), made, (), Origin(FILE, 40 * "c"))
    async with client(plane) as cluster, opened(prepared, cluster, Silent()) as loop:
        keeping = asyncio.create_task(loop.keep(lambda: False))
        try:
            waits = await follow(
                loop, ref, lambda health: "insufficient unused quota" in health.message, "its place"
            )
            assert waits.message.startswith("it waits in the queue queue: ")
            assert (waits.reason, waits.ready, waits.finished) == ("Queued", False, None)
            (hold,) = [each for each in loop.plan().holds if each.node == "JobSet/tune"]
            assert (hold.kind, hold.at) == (HoldKind.WAITING, SPEC_PATH)
            await leaves(queued, "before")
            await follow(loop, ref, lambda health: health.ready, "both its Pods")
            await others(queued, "urgent", f"urgent-{queued.name}"[:63])
            preempted = await follow(loop, ref, lambda health: health.reason == "Preempted", "its preemption")
            assert preempted.message.startswith("it was preempted; it waits in the queue queue")
            assert preempted.finished is None
            await leaves(queued, "urgent")
            await follow(loop, ref, lambda health: health.ready, "both its Pods again")
            ended = await follow(loop, ref, lambda health: health.finished is not None, "its end")
            assert ended.finished is True
        finally:
            keeping.cancel()
            await asyncio.gather(keeping, return_exceptions=True)
    asked = [r for r in plane.audit.requests(before) if r.resource == "jobsets" and r.name == "tune"]
    writes = [r for r in asked if r.verb in WRITES]
    assert [(r.verb, r.code) for r in writes if r.user_agent == "trimtab"] == [("patch", 201)]
    kueues = [r for r in writes if "kueue" in r.user_agent.lower() + r.user.lower()]
    assert len(kueues) >= 3, "let in, put out, let in again"


WRITES = frozenset({"create", "update", "patch", "delete"})
