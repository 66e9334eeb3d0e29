"""An HTTP server that fails on order, and a proxy made of it: in front of a real API server it injects the faults of a
network, a gateway and an overloaded server. What it passes on, the real server answers.

    async with faulty_proxy(plane) as proxy:
        proxy.next("PATCH", r"/configmaps/", LOSE_ANSWER, answer(429, retry_after=0))
        cluster = cluster_at(proxy.kubeconfig)
"""

from __future__ import annotations

import asyncio
import json
import re
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

import aiohttp
from aiohttp import web
from control_plane import Access, kubeconfigs
from yarl import URL

from trimtab.reconciler.kubernetes.connector import Connector

Pass = Callable[[], Awaitable[web.StreamResponse]]
Fault = Callable[[web.BaseRequest, Pass], Awaitable[web.StreamResponse]]

_HOP_BY_HOP = frozenset({"connection", "content-length", "host", "transfer-encoding", "content-encoding"})


class Seen(NamedTuple):
    """A request as it came in, injected or not."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


class _Order(NamedTuple):
    method: str
    path: re.Pattern[str]
    faults: list[Fault]


class FaultyServer:
    """`otherwise` answers what no fault is ordered for."""

    def __init__(self, otherwise: Callable[[web.BaseRequest, bytes], Awaitable[web.StreamResponse]]) -> None:
        self.seen: list[Seen] = []
        self.url = ""
        self._otherwise = otherwise
        self._orders: list[_Order] = []

    def next(self, method: str, path: str, *faults: Fault) -> None:
        """The next requests of `method` whose path matches `path` meet these faults, one each."""
        self._orders.append(_Order(method, re.compile(path), list(faults)))

    def always(self, method: str, path: str, fault: Fault) -> None:
        self._orders.append(_Order(method, re.compile(path), [fault] * 10_000))

    def heal(self) -> None:
        self._orders.clear()

    def asked(self, method: str, path: str = "") -> list[Seen]:
        return [seen for seen in self.seen if seen.method == method and re.search(path, seen.path)]

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        body = await request.read()
        self.seen.append(Seen(request.method, request.path_qs, dict(request.headers), body))
        fault = self._fault(request)
        if fault is None:
            return await self._otherwise(request, body)
        return await fault(request, lambda: self._otherwise(request, body))

    def _fault(self, request: web.BaseRequest) -> Fault | None:
        for order in self._orders:
            if order.method == request.method and order.path.search(request.path_qs) and order.faults:
                return order.faults.pop(0)
        return None


class FaultyProxy(FaultyServer):
    """`kubeconfig` leads to the API server through it, with an administrator's rights."""

    kubeconfig: Path


def answer(
    status: int, body: object = None, *, retry_after: int | None = None, kind: str = "application/json"
) -> Fault:
    """Not passed on: answered like this."""
    text = body if isinstance(body, str) else json.dumps(body or {"kind": "Status", "code": status})
    headers = {"Retry-After": str(retry_after)} if retry_after is not None else {}

    async def fault(request: web.BaseRequest, pass_on: Pass) -> web.StreamResponse:
        return web.Response(status=status, text=text, headers=headers, content_type=kind)

    return fault


def slow(seconds: float) -> Fault:
    """Passed on after a while."""

    async def fault(request: web.BaseRequest, pass_on: Pass) -> web.StreamResponse:
        await asyncio.sleep(seconds)
        return await pass_on()

    return fault


async def LOSE_REQUEST(request: web.BaseRequest, pass_on: Pass) -> web.StreamResponse:
    """Hung up without passing it on."""
    return _hang_up(request)


async def LOSE_ANSWER(request: web.BaseRequest, pass_on: Pass) -> web.StreamResponse:
    """Passed on and carried out; the answer never arrives."""
    await pass_on()
    return _hang_up(request)


async def HALF_AN_ANSWER(request: web.BaseRequest, pass_on: Pass) -> web.StreamResponse:
    """Cut off in the middle."""
    whole = await pass_on()
    assert isinstance(whole, web.Response)
    assert isinstance(whole.body, bytes)
    half = web.StreamResponse(status=whole.status, headers={"Content-Length": str(len(whole.body))})
    await half.prepare(request)
    await half.write(whole.body[: len(whole.body) // 2])
    return _hang_up(request)


def _hang_up(request: web.BaseRequest) -> web.StreamResponse:
    if request.transport is not None:
        request.transport.abort()
    raise asyncio.CancelledError


@asynccontextmanager
async def served(server: FaultyServer) -> AsyncIterator[FaultyServer]:
    runner = web.ServerRunner(web.Server(server.handle, access_log=None), shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    server.url = f"http://{host}:{port}"
    try:
        yield server
    finally:
        await runner.cleanup()


@asynccontextmanager
async def faulty_proxy(plane: Access, folder: Path) -> AsyncIterator[FaultyProxy]:
    trust = ssl.create_default_context(cafile=plane.authority.certificate)
    trust.load_cert_chain(*plane.admin)
    async with aiohttp.ClientSession(connector=Connector(ssl=trust)) as session:

        async def pass_on(request: web.BaseRequest, body: bytes) -> web.StreamResponse:
            return await _passed_on(session, plane.url, request, body)

        proxy = FaultyProxy(pass_on)
        async with served(proxy):
            proxy.kubeconfig = kubeconfigs.write(
                folder / "proxy.kubeconfig", proxy.url, plane.authority.certificate, "a-token"
            )
            yield proxy


async def _passed_on(
    session: aiohttp.ClientSession, url: str, request: web.BaseRequest, body: bytes
) -> web.StreamResponse:
    dropped = _HOP_BY_HOP | {"authorization"}
    headers = {name: value for name, value in request.headers.items() if name.lower() not in dropped}
    target = URL(url + request.raw_path, encoded=True)
    async with session.request(request.method, target, headers=headers, data=body or None) as response:
        kept = {name: value for name, value in response.headers.items() if name.lower() not in _HOP_BY_HOP}
        if "watch" not in request.query and "follow" not in request.query:
            return web.Response(status=response.status, headers=kept, body=await response.read())
        return await _streamed(request, response, kept)


async def _streamed(
    request: web.BaseRequest, response: aiohttp.ClientResponse, headers: dict[str, Any]
) -> web.StreamResponse:
    stream = web.StreamResponse(status=response.status, headers=headers)
    await stream.prepare(request)
    with suppress(ConnectionResetError):  # who asked has gone
        async for chunk in response.content.iter_any():
            await stream.write(chunk)
    return stream
