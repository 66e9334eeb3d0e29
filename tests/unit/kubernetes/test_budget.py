"""How many requests fly at once."""

from __future__ import annotations

import asyncio

import pytest

from trimtab.reconciler.kubernetes.budget import LEAST, MOST, START, Budget


async def test_no_more_fly_than_the_limit_allows_and_all_get_their_turn() -> None:
    budget = Budget()
    flying = most = done = 0

    async def fly() -> None:
        nonlocal flying, most, done
        async with budget.slot():
            flying += 1
            most = max(most, flying)
            await asyncio.sleep(0)
            flying -= 1
            done += 1

    await asyncio.gather(*(fly() for _ in range(100)))
    assert (most, done) == (START, 100)


async def test_who_gives_up_waiting_takes_no_slot_along() -> None:
    budget = Budget()
    budget.limit = 1.0
    async with budget.slot():
        waiting = [asyncio.create_task(_pass(budget)) for _ in range(3)]
        await asyncio.sleep(0)
        waiting[0].cancel()
    waiting[1].cancel()  # its turn has been given to it in this very moment
    await asyncio.gather(*waiting, return_exceptions=True)
    assert waiting[2].done()
    await asyncio.wait_for(_pass(budget), 1)


async def _pass(budget: Budget) -> None:
    async with budget.slot():
        await asyncio.sleep(0)


def test_a_refusal_halves_once_for_all_that_were_in_flight() -> None:
    budget = Budget(lambda: 12.0)
    for _ in range(16):
        budget.refused(11.0)
    assert budget.limit == START / 2
    budget.refused(13.0)
    assert budget.limit == START / 4


def test_a_slow_answer_counts_as_a_refusal() -> None:
    now = 0.0
    budget = Budget(lambda: now)
    now = 60.0
    budget.answered(0.0)
    assert budget.limit == START / 2


@pytest.mark.parametrize("ease", [True, False])
def test_the_limit_stays_within_bounds(ease: bool) -> None:
    now = 0.0
    budget = Budget(lambda: now)
    for _ in range(10_000):
        now += 1
        budget.answered(now) if ease else budget.refused(now)
    assert budget.limit == (MOST if ease else LEAST)
