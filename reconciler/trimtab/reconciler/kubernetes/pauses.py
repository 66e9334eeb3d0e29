"""How long a watch waits before it is taken up again: longer after each failure, and not for long where it works at all.

When a server has been away, the first watch that reaches it wakes the others: they had given up on the server, not on
each other.
"""

from __future__ import annotations

import asyncio
import random
from typing import Final

AT_ONCE, FIRST, LONGEST = 0.05, 0.25, 30.0
"""Seconds before the first, the second and, doubled each time, the last of many attempts."""
WHILE_AWAY = 10.0
"""At most, where nobody answers: what nobody answers burdens nobody."""
AFTER_A_CUT = 1.0
"""At most, where the connection worked before it broke off: networks do that, and drift is not seen meanwhile."""
SPREAD = 0.2
"""Seconds over which those that are woken come back."""


class Recovery:
    """That a server can be reached again; shared by all who wait for it."""

    def __init__(self) -> None:
        self._reached = asyncio.Event()

    def tell(self) -> None:
        self._reached.set()
        self._reached = asyncio.Event()

    async def wait(self, seconds: float) -> bool:
        """False when the time is over first."""
        try:
            async with asyncio.timeout(seconds):
                await self._reached.wait()
        except TimeoutError:
            return False
        return True


class Pauses:
    def __init__(self, recovery: Recovery) -> None:
        self._recovery: Final = recovery
        self._failures = 0
        self._heard = False

    @property
    def failures(self) -> int:
        """In a row, until a watch lives twice as long as the pause before it."""
        return self._failures

    def hear(self) -> None:
        """The server has said something."""
        if not self._heard:
            self._heard = True
            self._recovery.tell()

    async def wait(self, lived: float, *, unreachable: bool, wanted: float = 0.0) -> None:
        """After an attempt that lived so many seconds. `wanted`: what the server asked for."""
        if lived > 2 * backoff(self._failures):
            self._failures = 0
        pause = backoff(self._failures) * random.uniform(0.5, 1)  # noqa: S311
        self._failures += 1
        heard, self._heard = self._heard, False
        if not unreachable:
            await asyncio.sleep(max(pause, wanted))
        elif heard:
            await asyncio.sleep(min(pause, AFTER_A_CUT))
        elif await self._recovery.wait(min(pause, WHILE_AWAY)):
            self._failures = 1
            await asyncio.sleep(random.uniform(0, SPREAD))  # noqa: S311


def backoff(failures: int) -> float:
    """Seconds. One failure is nothing: watches are cut all the time."""
    return min(LONGEST, FIRST * 2.0 ** min(failures, 10)) if failures else AT_ONCE
