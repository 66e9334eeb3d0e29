"""Who plans again and again what changes nothing is slowed down, and nobody else."""

from __future__ import annotations

import asyncio

import pytest
from bundles import Store, shop
from settling import settle
from simulated_cluster import SimulatedCluster

from trimtab.compiler.bundle import Ref, RunKind
from trimtab.reconciler.actions import OpenRecord, Step, Verb
from trimtab.reconciler.cluster import Stale
from trimtab.reconciler.ledger import Inputs, Record
from trimtab.reconciler.mirror import Mirror
from trimtab.reconciler.pace import MOST_SECONDS, Pace


def action(reason: str) -> OpenRecord:
    record = Record("a", "a", RunKind.TRAINING, "key", "digest", {}, Inputs())
    return OpenRecord(Step("run:a", Verb.OPEN, reason, ()), record)


def test_the_same_again_waits_ever_longer() -> None:
    pace = Pace()
    waits = [pace.after([action("a")]) for _ in range(9)]
    assert waits == [0, 0.25, 0.5, 1, 2, 4, 8, MOST_SECONDS, MOST_SECONDS]


def test_two_plans_that_take_turns_do_too() -> None:
    pace = Pace()
    waits = [pace.after([action(reason)]) for reason in "abababab"]
    assert waits == [0, 0, 0.25, 0.5, 1, 2, 4, 8]


def test_what_is_new_does_not_wait_and_begins_anew() -> None:
    pace = Pace()
    assert [pace.after([action(reason)]) for reason in "aaabccd"] == [0, 0.25, 0.5, 0, 0, 0.25, 0]


def test_news_and_rest_begin_anew() -> None:
    pace = Pace()
    for _ in range(5):
        pace.after([action("a")])
    pace.quicken()
    assert pace.after([action("a")]) == 0.25
    pace.rest()
    assert pace.after([action("a")]) == 0


class Unmoved(SimulatedCluster):
    """Whatever is to be deleted is another object by now, and no watch tells of it."""

    async def delete(self, ref: Ref, *, uid: str, revision: str | None = None) -> Stale | None:
        return Stale(ref)


async def test_a_loop_that_gets_nowhere_asks_ever_more_seldom(monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float | None] = []

    async def wait(mirror: Mirror, seconds: float | None) -> bool:
        waited.append(seconds)
        await asyncio.sleep(0)
        if waited[-2:] == [MOST_SECONDS, MOST_SECONDS]:
            raise TimeoutError
        return False

    cluster = SimulatedCluster(Store())
    await settle(cluster, shop(settings="a"))
    cluster.__class__ = Unmoved
    monkeypatch.setattr(Mirror, "wait", wait)
    with pytest.raises(TimeoutError):
        await settle(cluster, shop())
    assert waited[-5:] == [2, 4, 8, MOST_SECONDS, MOST_SECONDS]
