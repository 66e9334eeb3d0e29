"""TCP connections taken at one place and carried to another: the doors of a network, the addresses of Services.

Ends of either direction are passed on as ends, breaks as breaks. A slow reader slows its writer.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Sequence

Address = tuple[str, int]

CONNECT = 5.0
"""Seconds that a backend may take to answer."""


class Forwarder:
    """`backends` is asked for each connection: all that may take it, best first. Without any, it is broken off."""

    def __init__(self, backends: Callable[[], Sequence[Address]]) -> None:
        self._backends = backends
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def listen(self, listener: socket.socket) -> None:
        self._server = await asyncio.get_running_loop().create_server(self._side, sock=listener)

    def close(self) -> None:
        """Take no more; what is connected stays so."""
        if self._server is not None:
            self._server.close()

    def _side(self) -> _Side:
        return _Side(self._begin)

    def _begin(self, client: _Side) -> None:
        task = asyncio.get_running_loop().create_task(self._connect(client))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _connect(self, client: _Side) -> None:
        for host, port in self._backends():
            backend = _Side()
            backend.peer = client  # it may speak at once
            try:
                async with asyncio.timeout(CONNECT):
                    await asyncio.get_running_loop().create_connection(lambda: backend, host, port)  # noqa: B023
            except OSError:
                continue
            client.peer = backend
            if client.transport.is_closing():
                backend.transport.abort()
            else:
                client.transport.resume_reading()
            return
        client.transport.abort()


class _Side(asyncio.Protocol):
    transport: asyncio.Transport

    def __init__(self, begin: Callable[[_Side], None] | None = None) -> None:
        self.peer: _Side | None = None
        self._begin = begin
        self._ended = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        if self._begin is not None:
            transport.pause_reading()
            self._begin(self)

    def data_received(self, data: bytes) -> None:
        if self.peer is not None:
            self.peer.transport.write(data)

    def eof_received(self) -> bool:
        self._ended = True
        if self.peer is None or self.peer.transport.is_closing():
            return False
        self.peer.transport.write_eof()
        if self.peer._ended:
            self.peer.transport.close()
            return False
        return True

    def connection_lost(self, error: Exception | None) -> None:
        if self.peer is not None:
            self.peer.transport.abort() if error else self.peer.transport.close()

    def pause_writing(self) -> None:
        if self.peer is not None:
            self.peer.transport.pause_reading()

    def resume_writing(self) -> None:
        if self.peer is not None and not self.peer.transport.is_closing():
            self.peer.transport.resume_reading()
