"""Whatever is deleted of a training that runs, by whomever: no attempt at it begins while Pods of an earlier one compute."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

from cluster_access import client, install
from compiled_specs import FILE, bundle
from control_plane import ControlPlane
from node_agent.fixtures import PYTHON, ClusterWithNodes
from node_agent.live_namespace import PATIENCE, LiveNamespace
from prepared_systems import opened
from settling import Silent

from trimtab.compiler import Capabilities
from trimtab.compiler.bundle import Bundle
from trimtab.reconciler.addresses import Origin
from trimtab.reconciler.deletion import plan_deletion
from trimtab.reconciler.ledger import Phase, Record
from trimtab.reconciler.lingering import JOB_NAME
from trimtab.reconciler.loop import Loop
from trimtab.reconciler.plan import plan
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
LEFT = "Pods of an earlier attempt have not ended yet"


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


@asynccontextmanager
async def opened_on(plane: ControlPlane, live: LiveNamespace) -> AsyncIterator[Loop]:
    await install(plane, force=True)
    prepared = Prepared(FILE, {}, resolve(load("", FILE)), system(live.name), (), Origin(FILE, 40 * "c"))
    async with client(plane) as cluster, opened(prepared, cluster, Silent()) as loop:
        yield loop


@asynccontextmanager
async def kept(loop: Loop) -> AsyncIterator[None]:
    keeping = asyncio.create_task(loop.keep(lambda: False))
    try:
        yield
    finally:
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)


class Watched(NamedTuple):
    together: set[frozenset[str]]
    """The Jobs that were at work at one time, of all times."""
    said: set[str]
    """What the training was said to wait for."""


async def watch(loop: Loop, live: LiveNamespace, until: Callable[[Watched], bool]) -> Watched:
    seen = Watched(set(), set())
    deadline = time.monotonic() + PATIENCE
    while not until(seen):
        assert time.monotonic() < deadline, loop.plan().holds
        seen.together.add(await asyncio.to_thread(at_work, live))
        seen.said.update(hold.reason for hold in loop.plan().holds if hold.node == "run:tune")
        await asyncio.sleep(0.05)
    return seen


async def second_attempt(loop: Loop, live: LiveNamespace) -> Watched:
    def is_at_work(seen: Watched) -> bool:
        return tune(loop).attempt == 2 and frozenset({tune(loop).workload}) in seen.together

    return await watch(loop, live, is_at_work)


async def test_the_next_attempt_does_not_meet_them(
    cluster_with_nodes: ClusterWithNodes, live: LiveNamespace
) -> None:
    async with opened_on(cluster_with_nodes.plane, live) as loop, kept(loop):
        await asyncio.to_thread(live.until, lambda: is_up(live), "the first attempt")
        first = tune(loop).workload
        live.delete("Job", first)
        seen = await second_attempt(loop, live)
    assert frozenset({first}) in seen.together, "it was seen to end"
    assert not [jobs for jobs in seen.together if len(jobs) > 1]
    assert [said for said in seen.said if said.startswith(f"{LEFT}: {first}-")]


async def test_a_system_applied_again_after_a_delete_that_was_broken_off_does_not_meet_them(
    cluster_with_nodes: ClusterWithNodes, live: LiveNamespace
) -> None:
    async with opened_on(cluster_with_nodes.plane, live) as loop:
        async with kept(loop):
            await asyncio.to_thread(live.until, lambda: is_up(live), "the first attempt")
        first = tune(loop).workload
        loop.planner = plan_deletion
        await loop.step()
        loop.planner = plan
        async with kept(loop):
            seen = await second_attempt(loop, live)
    assert frozenset({first}) in seen.together, "it was seen to end"
    assert not [jobs for jobs in seen.together if len(jobs) > 1]


async def test_a_training_whose_record_somebody_deletes_goes_on(
    cluster_with_nodes: ClusterWithNodes, live: LiveNamespace
) -> None:
    plane = cluster_with_nodes.plane
    async with opened_on(plane, live) as loop, kept(loop):
        await asyncio.to_thread(live.until, lambda: is_up(live), "the first attempt")
        before = tune(loop)
        await asyncio.to_thread(plane.kubectl, "-n", live.name, "delete", "run", before.name)

        def is_recorded(seen: Watched) -> bool:
            records = list(loop.mirror.records.values())
            return [(r.phase, r.uid != before.uid) for r in records] == [(Phase.RUNNING, True)]

        seen = await watch(loop, live, is_recorded)
        assert tune(loop).attempt == 1
        seen.together.add(await asyncio.to_thread(at_work, live))
    assert seen.together == {frozenset({before.workload})}
