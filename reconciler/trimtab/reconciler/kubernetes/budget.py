"""How many requests may be in flight at once: more while the server is at ease, half as many when it is not.

Additive increase, multiplicative decrease, as TCP does it: clients that share a server end up sharing it fairly. It
limits and nothing else; who waits for how long before trying again is the connection's business.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from time import monotonic

START, LEAST, MOST = 24.0, 1.0, 64.0
SLOW_SECONDS = 2.0
"""An answer that takes longer than this is taken for a server under pressure; writes on a healthy one take 5-20 ms."""


class Budget:
    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self.limit = START
        self._flying = 0
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._clock = clock
        self._eased = float("-inf")

    @asynccontextmanager
    async def slot(self) -> AsyncIterator[None]:
        await self._enter()
        try:
            yield
        finally:
            self._leave()

    def answered(self, started: float) -> None:
        """A request that was sent at `started` (by this budget's clock) has its answer."""
        if self._clock() - started > SLOW_SECONDS:
            self.refused(started)
        else:
            self.limit = min(MOST, self.limit + 1 / self.limit)

    def refused(self, started: float) -> None:
        """The server had too much to do. All that were in flight then hear the same: they count once."""
        if started > self._eased:
            self.limit = max(LEAST, self.limit / 2)
            self._eased = self._clock()

    async def _enter(self) -> None:
        if not self._waiting and self._flying < int(self.limit):
            self._flying += 1
            return
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self._leave()
            raise

    def _leave(self) -> None:
        self._flying -= 1
        while self._waiting and self._flying < int(self.limit):
            turn = self._waiting.popleft()
            if not turn.done():
                self._flying += 1
                turn.set_result(None)
