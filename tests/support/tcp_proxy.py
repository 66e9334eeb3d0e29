"""A fault injector between a client and an API server: it passes bytes on, and can cut, freeze or slow them.

TLS goes through it untouched, so nothing about the client is changed but the port it dials.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

from control_plane import Access, kubeconfigs

CHUNK = 1 << 14


class TcpProxy:
    """`kubeconfig` leads through it, with an administrator's rights."""

    kubeconfig: Path

    def __init__(self, host: str, port: int) -> None:
        self._target = host, port
        self._connections: set[asyncio.Task[None]] = set()
        self._refuses = False
        self._frozen: set[asyncio.Task[None]] = set()
        self.pause = 0.0
        """Seconds that every piece of an answer is held up for."""
        self.accepted = 0

    def cut(self, *, refuse: bool = False) -> None:
        """Break off every connection, and take no new one until `resume` if asked so."""
        self._refuses = refuse
        for task in self._connections:
            task.cancel()

    async def end(self) -> None:
        """Cut for good; nothing of it runs any more when this returns."""
        ending = list(self._connections)
        self.cut(refuse=True)
        await asyncio.gather(*ending, return_exceptions=True)

    def resume(self) -> None:
        self._refuses = False

    def freeze(self) -> None:
        """The connections there are stay open and say nothing any more; new ones work."""
        self._frozen |= self._connections

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if self._refuses or task is None:
            writer.transport.abort()
            return
        self.accepted += 1
        self._connections.add(task)
        try:
            answers, requests = await asyncio.open_connection(*self._target)
            try:
                async with asyncio.TaskGroup() as both:
                    both.create_task(self._pass_on(task, reader, requests, 0.0))
                    both.create_task(self._pass_on(task, answers, writer, None))
            finally:
                requests.transport.abort()
        except (OSError, asyncio.CancelledError, ExceptionGroup):
            pass
        finally:
            writer.transport.abort()
            self._connections.discard(task)

    async def _pass_on(
        self,
        connection: asyncio.Task[None],
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        pause: float | None,
    ) -> None:
        """`pause` None: as slowly as the proxy is told."""
        while piece := await reader.read(CHUNK):
            await asyncio.sleep(self.pause if pause is None else pause)
            if connection in self._frozen:
                await asyncio.Event().wait()
            writer.write(piece)
            await writer.drain()
        with suppress(OSError):
            writer.write_eof() if writer.can_write_eof() else writer.close()


@asynccontextmanager
async def tcp_proxy(plane: Access, folder: Path) -> AsyncIterator[TcpProxy]:
    place = urlsplit(plane.url)
    assert place.hostname is not None
    assert place.port is not None
    proxy = TcpProxy(place.hostname, place.port)
    server = await asyncio.start_server(proxy.handle, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    file = folder / "tcp-proxy.kubeconfig"
    proxy.kubeconfig = kubeconfigs.write(
        file, f"https://127.0.0.1:{port}", plane.authority.certificate, plane.admin
    )
    try:
        yield proxy
    finally:
        server.close()
        await proxy.end()
        await server.wait_closed()
