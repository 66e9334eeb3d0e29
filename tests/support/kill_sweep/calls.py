"""The calls that a writer makes of an API server, counted as they are sent; and its end by SIGKILL at one of them.

Every request counts, by the connection itself: questions and watches, a Lease's creation and renewals, and writes. Even
indexes kill before call INDEX/2 is sent, odd ones when it was carried out and the writer has not heard of it. Calls are
numbered as they come, so nothing depends on an order.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from typing import Any

from trimtab.reconciler.kubernetes.connection import Connection

Testament = Callable[[str], None]


class Calls:
    """`testament` is told where it ends, right before."""

    def __init__(self, index: int | None, testament: Testament) -> None:
        self.made = 0
        self._index, self._testament = index, testament

    def watch_over(self) -> None:
        """From now on, in all of this process."""
        send, calls = Connection._send, self

        def sending(self: Connection, request: Any, *others: Any, **named: Any) -> Any:
            name = f"{request.method} {request.path}"
            return _Sending(calls, name, send(self, request, *others, **named))

        Connection._send = sending  # type: ignore[method-assign]

    def let_live(self) -> int:
        """Kill at none any more. The number of calls that were made."""
        self._index = None
        return self.made

    def next(self) -> int:
        self.made += 1
        return self.made - 1

    def reach(self, index: int, where: str) -> None:
        if index == self._index:
            self._testament(where)
            os.kill(os.getpid(), signal.SIGKILL)


class _Sending:
    """What aiohttp gives for a request, entered and left as that is."""

    def __init__(self, calls: Calls, name: str, sending: Any) -> None:
        self._calls, self._name, self._sending = calls, name, sending

    async def __aenter__(self) -> Any:
        number = self._calls.next()
        self._calls.reach(2 * number, f"before {self._name}")
        answer = await self._sending.__aenter__()
        self._calls.reach(2 * number + 1, f"after {self._name}")
        return answer

    async def __aexit__(self, *error: object) -> None:
        await self._sending.__aexit__(*error)
