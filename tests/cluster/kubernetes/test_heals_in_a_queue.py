"""What stands in a queue of the real Kueue is healed and changed, and the queue keeps what it has written: see decision
0020."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from cluster_access import client
from engines import eventually
from node_agent.fixtures import ClusterWithNodes
from node_agent.live_namespace import LiveNamespace
from queued_work import POOL, follow, job, job_set, kept, queue_of_eight, system

from trimtab.compiler.bundle import Bundle, Ref
from trimtab.reconciler.actions import HoldKind
from trimtab.reconciler.cluster import Rejected
from trimtab.reconciler.immutable import is_refused_as_fixed
from trimtab.reconciler.loop import Loop

LONG = "import time; time.sleep(1000)"
QUEUES_OWN = ("f:suspend", "f:nodeSelector")


class Tuned:
    """One object of ours in a queue, as a stranger sees it and edits it."""

    def __init__(self, live: LiveNamespace, kind: str) -> None:
        self._live, self._kind = live, kind.lower()
        self._body = {"Job": job, "JobSet": job_set}[kind]("tune", LONG)
        self.made = self.of_team("vision")
        self.ref: Ref = next(m.ref for m in self.made.manifests if m.ref.kind == kind)

    def of_team(self, name: str) -> Bundle:
        """As a commit that changes nothing but an annotation."""
        metadata = {**self._body["metadata"], "annotations": {"team": name}}
        return system(self._live.name, tune={**self._body, "metadata": metadata})

    def get(self) -> dict[str, Any]:
        said = self._kubectl("get", self._kind, "tune", "-o", "json", "--show-managed-fields")
        found: dict[str, Any] = json.loads(said)
        return found

    @property
    def team(self) -> str:
        return str(self.get()["metadata"]["annotations"].get("team"))

    def is_let_in(self) -> bool:
        """It may run, where its flavor says."""
        spec = self.get()["spec"]
        return spec["suspend"] is False and f'"{POOL}": "queued"' in json.dumps(spec)

    def edit(self) -> None:
        self._kubectl("annotate", self._kind, "tune", "team=stranger", "--overwrite")

    def ours(self) -> str:
        """Our own fields, as a text."""
        entries = self.get()["metadata"]["managedFields"]
        (mine,) = [e for e in entries if e["manager"] == "trimtab" and e["operation"] == "Apply"]
        return json.dumps(mine["fieldsV1"])

    def pods(self) -> set[str]:
        return {pod["metadata"]["uid"] for pod in self._live.pods()}

    def _kubectl(self, *arguments: str) -> str:
        return self._live.plane.kubectl("-n", self._live.name, *arguments)


async def is_of_team(loop: Loop, tuned: Tuned, name: str) -> None:
    async def is_so() -> bool:
        return await asyncio.to_thread(lambda: tuned.team) == name

    try:
        await eventually(is_so, f"team {name}")
    except AssertionError as error:
        raise AssertionError(f"{error}: {loop.plan()}") from None


async def is_healed(loop: Loop, tuned: Tuned) -> None:
    await asyncio.to_thread(tuned.edit)
    await is_of_team(loop, tuned, "vision")


@pytest.mark.parametrize("kind", ["JobSet", "Job"])
async def test_what_runs_is_healed_and_stays_as_the_queue_let_it_in(
    eight_gpus: ClusterWithNodes, queued: LiveNamespace, kind: str
) -> None:
    """By its writer, and by one whose predecessor died before it could say what it had written."""
    tuned = Tuned(queued, kind)
    queue_of_eight(queued)
    async with kept(eight_gpus.plane, tuned.made) as loop:
        await follow(loop, tuned.ref, lambda health: health.ready, "both its Pods")
        pods = tuned.pods()
        assert tuned.is_let_in()
        await is_healed(loop, tuned)
    forget(queued)
    async with kept(eight_gpus.plane, tuned.made) as loop:
        await is_healed(loop, tuned)
    assert_nothing_was_stopped(tuned, pods)


def assert_nothing_was_stopped(tuned: Tuned, pods: set[str]) -> None:
    assert tuned.is_let_in()
    assert tuned.pods() == pods
    assert not [name for name in QUEUES_OWN if name in tuned.ours()]


@pytest.mark.parametrize("kind", ["JobSet", "Job"])
async def test_a_commit_reaches_what_runs_and_the_queue_keeps_what_it_has_written(
    eight_gpus: ClusterWithNodes, queued: LiveNamespace, kind: str
) -> None:
    tuned = Tuned(queued, kind)
    queue_of_eight(queued)
    async with kept(eight_gpus.plane, tuned.made) as loop:
        await follow(loop, tuned.ref, lambda health: health.ready, "both its Pods")
        pods = tuned.pods()
        loop.bundle = tuned.of_team("speech")
        loop.nudge()
        await is_of_team(loop, tuned, "speech")
        assert not [hold for hold in loop.plan().holds if hold.kind is HoldKind.BLOCKED]
    assert_nothing_was_stopped(tuned, pods)


async def test_the_templates_of_a_jobset_are_fixed_as_we_say_of_them(
    eight_gpus: ClusterWithNodes, queued: LiveNamespace
) -> None:
    """By its own webhook, which alone knows: what is left out of an apply would be a change that nobody hears of."""
    tuned = Tuned(queued, "JobSet")
    queue_of_eight(queued)
    async with kept(eight_gpus.plane, tuned.made) as loop, client(eight_gpus.plane) as cluster:
        await follow(loop, tuned.ref, lambda health: health.ready, "both its Pods")
        body = job_set("tune", "print()")
        body["metadata"]["namespace"] = queued.name
        answer = await cluster.apply(body, dry_run=True, force=True)
        assert isinstance(answer, Rejected), answer
        assert is_refused_as_fixed(answer)
        assert "spec.replicatedJobs" in answer.message


def forget(live: LiveNamespace) -> None:
    """What the system remembers of its objects."""
    path = f"/apis/trimtab.dev/v1/namespaces/{live.name}/mlsystems/tuning/status"
    live.plane.api.request("PATCH", path, {"status": {"baseline": ""}}, "application/merge-patch+json")


async def test_what_waits_is_healed_and_goes_on_waiting(
    eight_gpus: ClusterWithNodes, queued: LiveNamespace
) -> None:
    tuned, before = Tuned(queued, "JobSet"), job_set("before", LONG)
    queue_of_eight(queued)
    queued.plane.kubectl("-n", queued.name, "apply", "--server-side", "-f", "-", stdin=before)
    queued.until(lambda: len(queued.pods()) == 2, "the one before it")
    async with kept(eight_gpus.plane, tuned.made) as loop:
        await follow(loop, tuned.ref, lambda health: health.reason == "Queued", "its place")
        await is_healed(loop, tuned)
        assert not tuned.is_let_in()
        queued.plane.kubectl("-n", queued.name, "delete", "jobset", "before", "--wait=false")
        await follow(loop, tuned.ref, lambda health: health.ready, "both its Pods")
