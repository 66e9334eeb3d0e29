"""A training's Job that somebody deletes in the background is gone at once; its Pods are not, and the next attempt waits."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

from cluster_access import client, install
from compiled_specs import FILE, bundle
from node_agent.fixtures import PYTHON, ClusterWithNodes
from node_agent.live_namespace import PATIENCE, LiveNamespace
from prepared_systems import opened
from settling import Silent

from trimtab.compiler import Capabilities
from trimtab.compiler.bundle import Bundle
from trimtab.reconciler.addresses import Origin
from trimtab.reconciler.ledger import Record
from trimtab.reconciler.lingering import JOB_NAME
from trimtab.reconciler.loop import Loop
from trimtab.reconciler.preparing import Prepared
from trimtab.spec.load import load
from trimtab.spec.resolve import resolve

IMAGE = f"{PYTHON}@sha256:{64 * '0'}"
SLOW_TO_GO = """
import signal, sys, time
signal.signal(signal.SIGTERM, lambda *_: (time.sleep(8), sys.exit(1)))
print("up", flush=True)
time.sleep(600)
"""
"""Longer than a look-up, a claim and a start take together."""


def system(namespace: str) -> Bundle:
    document = {
        "apiVersion": "trimtab.dev/v1",
        "kind": "MLSystem",
        "metadata": {"name": "slow", "namespace": namespace},
        "spec": {
            "compute": {"pools": {"cpu": {"node": {"cpu": 4, "memory": "8Gi"}}}},
            "training": {"tune": {"image": IMAGE, "command": ["python", "-c", SLOW_TO_GO]}},
            "environments": {"cluster": {"runOn": "tests", "runtimeImage": IMAGE}},
        },
    }
    return bundle(resolve(load(json.dumps(document), FILE), "cluster"), Capabilities())


def pods(live: LiveNamespace, *phases: str) -> list[dict[str, Any]]:
    """Of the training itself."""
    found = (pod for pod in live.pods() if pod["status"].get("phase") in phases)
    return [pod for pod in found if not job_of(pod).endswith("-lookup")]


def job_of(pod: dict[str, Any]) -> str:
    return str(pod["metadata"]["labels"][JOB_NAME])


def is_up(live: LiveNamespace) -> bool:
    return any("up" in live.log(pod["metadata"]["name"], "training") for pod in pods(live, "Running"))


def at_work(live: LiveNamespace) -> frozenset[str]:
    """The Jobs that have a Pod which has not ended."""
    return frozenset(job_of(pod) for pod in pods(live, "Pending", "Running"))


def tune(loop: Loop) -> Record:
    (record,) = loop.mirror.records.values()
    return record


async def test_the_next_attempt_does_not_meet_them(
    cluster_with_nodes: ClusterWithNodes, live: LiveNamespace
) -> None:
    plane = cluster_with_nodes.plane
    await install(plane, force=True)
    prepared = Prepared(FILE, {}, resolve(load("", FILE)), system(live.name), (), Origin(FILE, 40 * "c"))
    async with client(plane) as cluster, opened(prepared, cluster, Silent()) as loop:
        keeping = asyncio.create_task(loop.keep(lambda: False))
        try:
            await asyncio.to_thread(live.until, lambda: is_up(live), "the first attempt")
            first = tune(loop).workload
            live.delete("Job", first)
            seen: set[frozenset[str]] = set()
            said = ""
            deadline = time.monotonic() + PATIENCE
            while not (tune(loop).attempt == 2 and frozenset({tune(loop).workload}) in seen):
                assert time.monotonic() < deadline, loop.plan().holds
                seen.add(await asyncio.to_thread(at_work, live))
                said = next((h.reason for h in loop.plan().holds if first in h.reason), said)
                await asyncio.sleep(0.05)
        finally:
            keeping.cancel()
            await asyncio.gather(keeping, return_exceptions=True)
    assert frozenset({first}) in seen, "it was seen to end"
    assert not [together for together in seen if len(together) > 1]
    assert said.startswith(f"Pods of an earlier attempt have not ended yet: {first}-")
