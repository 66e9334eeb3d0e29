"""The sockets of a session: each is gone when the session is closed.

aiohttp takes leave of a connection whose request was given up on by TLS's farewell, and forgets it: whoever ends the
loop before the server has answered leaves it open. It makes no connections of its own kind, and reads nothing.
"""

from __future__ import annotations

import asyncio
from typing import Any

import aiohttp
from aiohttp.connector import Connection


class Connector(aiohttp.TCPConnector):
    """As many connections as are asked for: whoever sends limits itself."""

    def __init__(self, **options: Any) -> None:
        super().__init__(limit=0, keepalive_timeout=60, **options)
        self._standing: dict[asyncio.Future[None], asyncio.Transport] = {}

    async def connect(self, *arguments: Any, **options: Any) -> Connection:
        connection = await super().connect(*arguments, **options)
        protocol = connection.protocol
        if protocol is not None and protocol.transport is not None and (closed := protocol.closed):
            if closed not in self._standing:
                closed.add_done_callback(self._gone)
            self._standing[closed] = protocol.transport
        return connection

    async def close(self, **options: Any) -> None:
        await super().close(**options)
        for transport in self._standing.values():
            transport.abort()
        if self._standing:
            await asyncio.wait(tuple(self._standing))

    def _gone(self, closed: asyncio.Future[None]) -> None:
        del self._standing[closed]
        closed.exception()  # known to whoever used the connection
