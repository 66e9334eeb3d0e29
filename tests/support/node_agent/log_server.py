"""A kubelet's door for logs: the API server comes here for `kubectl logs`. Commands are not run here."""

from __future__ import annotations

import ssl

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
        count = int(request.query["tailLines"]) if "tailLines" in request.query else None
        response = web.StreamResponse(headers={"Content-Type": "text/plain"})
        await response.prepare(request)
        if request.query.get("follow") != "true":
            for line in tail.last_lines(directory / "log", count):
                await response.write(f"{line}\n".encode())
            return response
        async for line in tail.follow(directory / "log", count, lambda: not processes.read(directory).alive):
            await response.write(f"{line}\n".encode())
        return response
