"""The actions of one plan, carried out side by side: whatever a plan holds at once may happen in any order.

Three kinds go alone. A kept bundle and what serves are written down before anything that rests on them; deletions keep
the order they were planned in, which is the reverse of how the objects came. How many requests may be in flight is the
engine's to say; here is only the bound on what is made ready for it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby

from trimtab.reconciler.actions import Action, DeleteObject, KeepBundle, WriteSystem
from trimtab.reconciler.carry_out import Hand, carry_out

HANDS = 64
"""Writes made ready at once: as many as a connection ever has in flight."""

GRACE_SECONDS = 5.0
"""Who is told to stop waits this long for the answers to what was sent."""


async def carry_out_all(hand: Hand, actions: Sequence[Action], acted: Callable[[Action], None]) -> None:
    """`acted` is told of each as it is done. After an error nothing new begins; what is under way ends first.

    To be cancelled is the same: a write that was sent is waited for, within reason. Raises what the first of them raised.
    """
    for group in _groups(actions):
        if not await _Group(hand, group, acted).done():
            return


def _groups(actions: Iterable[Action]) -> Iterator[tuple[Action, ...]]:
    for alone, several in groupby(actions, lambda a: isinstance(a, KeepBundle | WriteSystem | DeleteObject)):
        group = tuple(several)
        yield from ((action,) for action in group) if alone else (group,)


class _Group:
    def __init__(self, hand: Hand, actions: Sequence[Action], acted: Callable[[Action], None]) -> None:
        self._hand, self._acted = hand, acted
        self._left = iter(actions)
        self._goes_on = True
        self._hands = min(HANDS, len(actions))

    async def done(self) -> bool:
        """Whether what was planned after them still holds."""
        workers = [asyncio.create_task(self._work()) for _ in range(self._hands)]
        try:
            await asyncio.shield(asyncio.gather(*workers, return_exceptions=True))
        except asyncio.CancelledError:
            self._goes_on = False
            try:
                await asyncio.wait(workers, timeout=GRACE_SECONDS)
            finally:  # also for who is told to stop twice: nothing is written behind our back
                for worker in workers:
                    worker.cancel()
            await asyncio.gather(*workers, return_exceptions=True)
            raise
        for worker in workers:
            worker.result()
        return self._goes_on

    async def _work(self) -> None:
        for action in self._left:
            if not self._goes_on:
                return
            try:
                goes_on = await carry_out(self._hand, action)
            except BaseException:
                self._goes_on = False
                raise
            self._acted(action)
            self._goes_on &= goes_on
