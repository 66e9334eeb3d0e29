"""A JobSet of `manifests` in a queue of Kueue, by the real controllers: followed by our health, and never fought.

It waits behind somebody else's, runs, is preempted by what is more urgent, is let in again and ends. Of ours the API
server hears of it once.
"""

from __future__ import annotations

import asyncio

from node_agent.fixtures import ClusterWithNodes
from node_agent.live_namespace import LiveNamespace
from queued_work import follow, job_set, kept, queue_of_eight, system, urgent

from trimtab.reconciler.actions import HoldKind

SECONDS = 30
"""How long ours runs. It is preempted as soon as it is seen to run."""
SPEC_PATH = ("spec", "manifests", "tune")
WRITES = frozenset({"create", "update", "patch", "delete"})


async def others(live: LiveNamespace, name: str, priority: str = "") -> None:
    body = job_set(name, "import time; time.sleep(1000)", priority)
    await asyncio.to_thread(
        live.plane.kubectl, "-n", live.name, "apply", "--server-side", "-f", "-", stdin=body
    )


async def leaves(live: LiveNamespace, name: str) -> None:
    await asyncio.to_thread(live.plane.kubectl, "-n", live.name, "delete", "jobset", name, "--wait=false")


async def test_it_waits_runs_is_preempted_runs_again_and_ends(
    eight_gpus: ClusterWithNodes, queued: LiveNamespace
) -> None:
    plane = eight_gpus.plane
    made = system(queued.name, tune=job_set("tune", f"import time; time.sleep({SECONDS})"))
    ref = next(m.ref for m in made.manifests if m.ref.kind == "JobSet")
    queue_of_eight(queued)
    await others(queued, "before")
    queued.until(lambda: len(queued.pods()) == 2, "the one before it")
    before = plane.audit.mark()
    async with kept(plane, made) as loop:
        waits = await follow(
            loop, ref, lambda health: "insufficient unused quota" in health.message, "its place"
        )
        assert waits.message.startswith("it waits in the queue queue: ")
        assert (waits.reason, waits.ready, waits.finished) == ("Queued", False, None)
        (hold,) = [each for each in loop.plan().holds if each.node == "JobSet/tune"]
        assert (hold.kind, hold.at) == (HoldKind.WAITING, SPEC_PATH)
        await leaves(queued, "before")
        await follow(loop, ref, lambda health: health.ready, "both its Pods")
        await others(queued, "urgent", urgent(queued))
        preempted = await follow(loop, ref, lambda health: health.reason == "Preempted", "its preemption")
        assert preempted.message.startswith("it was preempted; it waits in the queue queue")
        assert preempted.finished is None
        await leaves(queued, "urgent")
        await follow(loop, ref, lambda health: health.ready, "both its Pods again")
        ended = await follow(loop, ref, lambda health: health.finished is not None, "its end")
        assert ended.finished is True
    asked = [r for r in plane.audit.requests(before) if r.resource == "jobsets" and r.name == "tune"]
    writes = [r for r in asked if r.verb in WRITES]
    assert [(r.verb, r.code) for r in writes if r.user_agent == "trimtab"] == [("patch", 201)]
    kueues = [r for r in writes if "kueue" in r.user_agent.lower() + r.user.lower()]
    assert len(kueues) >= 3, "let in, put out, let in again"
