"""A kubelet's door for logs: the API server comes here for `kubectl logs`. Commands are not run here."""

from __future__ import annotations

import ssl
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

from aiohttp import web
from control_plane.authority import Authority

from node_agent.pods import Pods
from node_agent.registration import LOG_PORT
from trimtab.reconciler.local import processes, tail


class LogServer:
    """Only the kubelet client's certificate of this control plane opens it."""

    def __init__(self, pods: Pods, authority: Authority) -> None:
        self._pods = pods
        self._authority = authority
        self._runners: dict[str, web.AppRunner] = {}
        self._stamps: dict[Path, list[str]] = {}
        self._latest = 0

    async def open(self, node: str, address: str) -> None:
        app = web.Application()
        app.router.add_get("/containerLogs/{namespace}/{pod}/{container}", self._logs)
        runner = self._runners[node] = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, address, LOG_PORT, ssl_context=self._tls(node, address)).start()

    async def close(self, node: str) -> None:
        await self._runners.pop(node).cleanup()

    def _tls(self, node: str, address: str) -> ssl.SSLContext:
        pair = self._authority.server(f"node-{node}", [address])
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=str(self._authority.certificate))
        context.load_cert_chain(pair.certificate, pair.key)
        context.verify_mode = ssl.CERT_REQUIRED
        return context

    async def _logs(self, request: web.Request) -> web.StreamResponse:
        worker = self._pods.find(request.match_info["namespace"], request.match_info["pod"])
        if worker is None:
            raise web.HTTPNotFound(text="there is no such Pod on this node")
        directory = worker.place.container(request.match_info["container"])
        follows = request.query.get("follow") == "true"
        response = web.StreamResponse(headers={"Content-Type": "text/plain"})
        await response.prepare(request)
        log, there = directory / "log", tail.last_lines(directory / "log")
        first = max(0, len(there) - int(request.query.get("tailLines", len(there))))
        since, number = request.query.get("sinceTime", "").removesuffix("Z"), -1  # in whole seconds
        async for line in _followed(directory) if follows else _listed(there):
            number += 1
            stamp = self._stamp(log, number)
            if number >= first and stamp >= since:
                stamped = f"{stamp} {line}\n" if request.query.get("timestamps") == "true" else f"{line}\n"
                await response.write(stamped.encode())
        return response

    def _stamp(self, log: Path, number: int) -> str:
        """When a line was written, as far as we know: when it was first read. No two have the same."""
        known = self._stamps.setdefault(log, [])
        while len(known) <= number:
            nanoseconds = max(time.time_ns(), self._latest + 1)
            self._latest = nanoseconds
            seconds = datetime.fromtimestamp(nanoseconds // 10**9, UTC)
            known.append(f"{seconds:%Y-%m-%dT%H:%M:%S}.{nanoseconds % 10**9:09}Z")
        return known[number]


def _followed(directory: Path) -> AsyncIterator[str]:
    return tail.follow(directory / "log", None, lambda: not processes.read(directory).alive)


async def _listed(lines: list[str]) -> AsyncIterator[str]:
    for line in lines:
        yield line
