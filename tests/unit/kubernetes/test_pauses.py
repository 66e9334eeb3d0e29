"""How long a watch waits: never long where it works, longer and longer where it doesn't, and not once it works again."""

from __future__ import annotations

import asyncio
import random

import pytest

from trimtab.reconciler.kubernetes import pauses
from trimtab.reconciler.kubernetes.pauses import Pauses, Recovery, backoff


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Every pause, in seconds; none is really made."""
    made: list[float] = []

    async def sleep(seconds: float) -> None:
        made.append(seconds)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    monkeypatch.setattr(random, "uniform", lambda low, high: high)
    return made


def test_back_off_grows_and_is_bounded() -> None:
    grown = [backoff(failures) for failures in range(50)]
    assert grown == sorted(grown)
    assert grown[0] < 0.1
    assert grown[-1] == pauses.LONGEST


async def test_failures_in_a_row_are_waited_for_ever_longer(slept: list[float]) -> None:
    waits = Pauses(Recovery())
    for _ in range(12):
        await waits.wait(0.0, unreachable=False)
    assert slept == [backoff(failures) for failures in range(12)]


async def test_what_lived_begins_anew(slept: list[float]) -> None:
    waits = Pauses(Recovery())
    for lived in (0.0, 0.0, 0.0, 300.0):
        await waits.wait(lived, unreachable=False)
    assert slept[-1] == pauses.AT_ONCE


async def test_what_works_and_is_cut_all_the_time_is_taken_up_soon(slept: list[float]) -> None:
    waits = Pauses(Recovery())
    for _ in range(20):
        waits.hear()
        await waits.wait(0.0, unreachable=True)
    assert max(slept) == pauses.AFTER_A_CUT


async def test_a_server_that_asks_for_peace_gets_it(slept: list[float]) -> None:
    await Pauses(Recovery()).wait(0.0, unreachable=False, wanted=7.0)
    assert slept == [7.0]


async def test_who_reaches_a_server_again_wakes_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pauses, "AT_ONCE", 600.0)
    recovery = Recovery()
    first, second = Pauses(recovery), Pauses(recovery)
    waiting = asyncio.create_task(second.wait(0.0, unreachable=True))
    await asyncio.sleep(0)
    assert not waiting.done()
    first.hear()
    await asyncio.wait_for(waiting, 10)
    assert second.failures == 1
