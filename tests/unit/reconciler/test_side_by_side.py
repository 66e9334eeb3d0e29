"""What a plan holds at once is written at once; what others rest on goes alone; nobody leaves a write half asked."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest
from bundles import SYSTEM, shop
from simulated_cluster import FreeLease, SimulatedCluster

from trimtab.compiler.bundle import Ref
from trimtab.reconciler.actions import Action, ApplyObject, DeleteObject, KeepBundle, Step, Verb
from trimtab.reconciler.applied import Applied
from trimtab.reconciler.carry_out import Hand, Memory
from trimtab.reconciler.cluster import ClusterUnavailable, Conflict, Observed, Rejected, Stale
from trimtab.reconciler.mirror import Mirror
from trimtab.reconciler.side_by_side import carry_out_all

STEP = Step("ConfigMap/any", Verb.CREATE, "the test wants it", ())


class Gated(SimulatedCluster):
    """Answers to applies wait until `gate` is set. `history` tells what began and what ended, in order."""

    def __init__(self) -> None:
        super().__init__()
        self.gate, self.full, self.failed = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self.history: list[str] = []
        self.fails = ""

    async def apply(
        self, body: Mapping[str, Any], *, force: bool = False, dry_run: bool = False, uid: str = ""
    ) -> Observed | Conflict | Stale | Rejected:
        name = body["metadata"]["name"]
        self.history.append(f"begin {name}")
        if name == self.fails:
            self.failed.set()
            raise ClusterUnavailable("the server went away")
        if sum(event.startswith("begin") for event in self.history) == 3:
            self.full.set()
        await self.gate.wait()
        self.history.append(f"end {name}")
        return await super().apply(body, force=force, dry_run=dry_run, uid=uid)

    async def delete(self, ref: Ref, *, uid: str, revision: str | None = None) -> Stale | None:
        self.history.append(f"begin {ref.name}")
        await asyncio.sleep(0)
        self.history.append(f"end {ref.name}")
        return Stale(ref)


def applying(name: str) -> ApplyObject:
    body = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": name, "namespace": SYSTEM, "labels": {}, "annotations": {}},
    }
    return ApplyObject(STEP, Ref("v1", "ConfigMap", SYSTEM, name), body, name)


def deleting(name: str) -> DeleteObject:
    return DeleteObject(STEP, Ref("v1", "ConfigMap", SYSTEM, name), "uid", None)


def hand_on(cluster: SimulatedCluster) -> Hand:
    return Hand(cluster, FreeLease(), shop(), Mirror(cluster, shop()), Memory())


async def carried_out(cluster: SimulatedCluster, *actions: Action) -> list[Action]:
    done: list[Action] = []
    async with asyncio.timeout(10):
        await carry_out_all(hand_on(cluster), actions, done.append)
    return done


async def test_writes_of_one_plan_are_under_way_together() -> None:
    cluster = Gated()
    carrying = asyncio.create_task(carried_out(cluster, *map(applying, "abc")))
    async with asyncio.timeout(10):
        await cluster.full.wait()
    assert cluster.history == ["begin a", "begin b", "begin c"]
    cluster.gate.set()
    assert len(await carrying) == 3


async def test_deletions_go_one_by_one_in_their_order_after_what_was_planned_before_them() -> None:
    cluster = Gated()
    cluster.gate.set()
    await carried_out(cluster, applying("a"), deleting("x"), deleting("y"))
    assert cluster.history == ["begin a", "end a", "begin x", "end x", "begin y", "end y"]


async def test_nothing_of_a_bundle_is_written_that_could_not_be_kept() -> None:
    class Full(Gated):
        async def create(self, body: Mapping[str, Any]) -> Rejected:
            return Rejected("exceeded quota")

    cluster = Full()
    await carried_out(cluster, KeepBundle(STEP, Applied((), (), {})), applying("a"))
    assert cluster.history == []


async def test_after_an_error_nothing_new_begins_and_what_is_under_way_ends(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("trimtab.reconciler.side_by_side.HANDS", 2)
    cluster = Gated()
    cluster.fails = "b"
    carrying = asyncio.create_task(carried_out(cluster, *map(applying, "abc")))
    async with asyncio.timeout(10):
        await cluster.failed.wait()
    cluster.gate.set()
    with pytest.raises(ClusterUnavailable):
        await carrying
    assert cluster.history == ["begin a", "begin b", "end a"]


async def test_who_is_cancelled_waits_for_the_answers_to_what_was_sent() -> None:
    cluster = Gated()
    carrying = asyncio.create_task(carried_out(cluster, *map(applying, "abc"), deleting("x")))
    async with asyncio.timeout(10):
        await cluster.full.wait()
    carrying.cancel()
    await asyncio.sleep(0)
    assert not carrying.done()
    cluster.gate.set()
    with pytest.raises(asyncio.CancelledError):
        await carrying
    assert cluster.history[3:] == ["end a", "end b", "end c"]


async def test_who_is_told_to_stop_twice_waits_no_longer_and_leaves_no_writer_behind() -> None:
    cluster = Gated()
    carrying = asyncio.create_task(carried_out(cluster, *map(applying, "abc")))
    async with asyncio.timeout(10):
        await cluster.full.wait()
    for _ in range(2):
        carrying.cancel()
        await asyncio.sleep(0)
    with pytest.raises(asyncio.CancelledError):
        await carrying
    cluster.gate.set()
    await asyncio.sleep(0)
    assert cluster.history == ["begin a", "begin b", "begin c"]
