"""What stands in a queue of the real Kueue: a queue of eight GPUs, a JobSet or Job that needs them all, and its system."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from cluster_access import client, install
from compiled_specs import CLUSTER, FILE, bundle
from control_plane import ControlPlane
from node_agent.fixtures import PYTHON, QUEUED_GPU, QUEUED_POOL
from node_agent.live_namespace import PATIENCE, LiveNamespace
from own_objects import HARDENED
from prepared_systems import opened
from settling import Silent

from trimtab.compiler.bundle import Bundle, Ref
from trimtab.reconciler.addresses import Origin
from trimtab.reconciler.cluster import Health
from trimtab.reconciler.loop import Loop
from trimtab.reconciler.preparing import Prepared
from trimtab.spec.load import load
from trimtab.spec.resolve import resolve

GPU, POOL = QUEUED_GPU, QUEUED_POOL
IMAGE = f"{PYTHON}@sha256:{64 * '0'}"
QUEUE = {"kueue.x-k8s.io/queue-name": "queue"}


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
        kueue("WorkloadPriorityClass", urgent(live), value=1000),
    ):
        live.plane.kubectl("apply", "--server-side", "-f", "-", stdin=body)


def urgent(live: LiveNamespace) -> str:
    """A priority above all others of this namespace's queue."""
    return f"urgent-{live.name}"[:63]


def kueue(kind: str, name: str, namespace: str = "", **body: Any) -> dict[str, Any]:
    metadata = {"name": name, **({"namespace": namespace} if namespace else {})}
    return {"apiVersion": "kueue.x-k8s.io/v1beta1", "kind": kind, "metadata": metadata, **body}


def job_set(name: str, code: str, priority: str = "") -> dict[str, Any]:
    """Two Pods with four GPUs each."""
    replicated = [{"name": "workers", "template": {"spec": _job_spec(code)}}]
    return _queued("jobset.x-k8s.io/v1alpha2", "JobSet", name, priority, {"replicatedJobs": replicated})


def job(name: str, code: str, priority: str = "") -> dict[str, Any]:
    """The same without a JobSet."""
    return _queued("batch/v1", "Job", name, priority, _job_spec(code))


def _queued(api_version: str, kind: str, name: str, priority: str, spec: dict[str, Any]) -> dict[str, Any]:
    labels = {**QUEUE, **({"kueue.x-k8s.io/priority-class": priority} if priority else {})}
    return {
        "apiVersion": api_version,
        "kind": kind,
        "metadata": {"name": name, "labels": labels},
        "spec": spec,
    }


def _job_spec(code: str) -> dict[str, Any]:
    container = {
        "name": "main",
        "image": IMAGE,
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
    return {"parallelism": 2, "completions": 2, "backoffLimit": 0, "template": {"spec": pod}}


def system(namespace: str, **manifests: dict[str, Any]) -> Bundle:
    document = {
        "apiVersion": "trimtab.dev/v1",
        "kind": "MLSystem",
        "metadata": {"name": "tuning", "namespace": namespace},
        "spec": {
            "manifests": manifests,
            "environments": {"cluster": {"runOn": "tests", "runtimeImage": IMAGE}},
        },
    }
    return bundle(resolve(load(json.dumps(document), FILE), "cluster"), CLUSTER)


@asynccontextmanager
async def kept(plane: ControlPlane, made: Bundle) -> AsyncIterator[Loop]:
    """While the context lasts, the system is kept as its spec says."""
    await install(plane, force=True)
    prepared = Prepared(FILE, {}, resolve(load("", FILE)), made, (), Origin(FILE, 40 * "c"))
    async with client(plane) as cluster, opened(prepared, cluster, Silent()) as loop:
        keeping = asyncio.create_task(loop.keep(lambda: False))
        try:
            yield loop
        finally:
            keeping.cancel()
            await asyncio.gather(keeping, return_exceptions=True)


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
