"""What a mirror believes when a watch and the answers to writes tell of one object in any order."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence

import pytest
from bundles import SYSTEM, shop
from simulated_cluster import SimulatedCluster

from trimtab.compiler.bundle import Ref
from trimtab.reconciler.cluster import Change, Event, Health, Observed
from trimtab.reconciler.mirror import Mirror

JOB = Ref("batch/v1", "Job", SYSTEM, "train")
RUNNING, ENDED = Health(ready=True), Health(finished=True, words="done")


def job(revision: int, health: Health = RUNNING, uid: str = "one") -> Observed:
    return Observed(JOB, uid, str(revision), 1, "", {}, {}, False, health)


class Told(SimulatedCluster):
    """A fake watch that tells what the test says."""

    def __init__(self) -> None:
        super().__init__()
        self.news: asyncio.Queue[Event] = asyncio.Queue()

    async def watch(
        self, kinds: Sequence[tuple[str, str]], namespace: str = "", selector: Mapping[str, str] | None = None
    ) -> AsyncIterator[Event]:
        yield Event(Change.SYNCED, None)
        while True:
            yield await self.news.get()
            self.news.task_done()


@pytest.fixture
async def told() -> AsyncIterator[tuple[Mirror, Told]]:
    cluster = Told()
    mirror = Mirror(cluster, shop())
    await mirror.start([("batch/v1", "Job")])
    yield mirror, cluster
    await mirror.stop()


async def tell(told: tuple[Mirror, Told], *events: tuple[Change, Observed]) -> Observed | None:
    mirror, cluster = told
    for event in events:
        cluster.news.put_nowait(Event(*event))
    await cluster.news.join()
    return mirror.objects.get(JOB)


async def test_other_health_at_the_same_revision_is_news(told: tuple[Mirror, Told]) -> None:
    await tell(told, (Change.ADDED, job(5)))
    told[0].changed.clear()
    assert await tell(told, (Change.MODIFIED, job(5, ENDED))) == job(5, ENDED)
    assert told[0].changed.is_set()


async def test_the_same_again_is_no_news(told: tuple[Mirror, Told]) -> None:
    await tell(told, (Change.ADDED, job(5)))
    told[0].changed.clear()
    await tell(told, (Change.MODIFIED, job(5)))
    assert not told[0].changed.is_set()


async def test_an_answer_knows_less_of_health_than_the_watch(told: tuple[Mirror, Told]) -> None:
    await tell(told, (Change.ADDED, job(5, ENDED)))
    told[0].note(job(5))
    assert told[0].objects[JOB] == job(5, ENDED)
    told[0].note(job(6))
    assert told[0].objects[JOB] == job(6)


async def test_an_event_that_a_write_overtook_changes_nothing(told: tuple[Mirror, Told]) -> None:
    told[0].note(job(7))
    assert await tell(told, (Change.MODIFIED, job(6, ENDED))) == job(7)
    gone = (Change.DELETED, job(6))
    assert await tell(told, gone) == job(7), "its label was stripped, and a write put it back"
    assert await tell(told, (Change.DELETED, job(8))) is None


async def test_a_successor_of_the_same_name_is_another_object(told: tuple[Mirror, Told]) -> None:
    second = job(9, uid="two")
    told[0].note(second)
    late = (Change.MODIFIED, job(7)), (Change.DELETED, job(8))
    assert await tell(told, *late) == second, "what is told of the first one comes too late"
    assert await tell(told, (Change.MODIFIED, job(10, ENDED, uid="three"))) == job(10, ENDED, uid="three")


async def test_an_answer_that_the_end_of_its_object_overtook_brings_nothing_back(
    told: tuple[Mirror, Told],
) -> None:
    await tell(told, (Change.ADDED, job(5)), (Change.DELETED, job(6)))
    told[0].note(job(5))
    assert JOB not in told[0].objects
    told[0].note(job(7))
    assert told[0].objects[JOB] == job(7), "a write put its label back"
