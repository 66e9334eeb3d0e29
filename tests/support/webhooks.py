"""Admission webhooks of a test: a real HTTPS server that judges or rewrites, and its registration for one namespace."""

from __future__ import annotations

import asyncio
import base64
import json
import ssl
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web
from control_plane import Access

Judge = Callable[[dict[str, Any]], Awaitable[dict[str, Any]]]
"""An AdmissionReview's request in; `{"allowed": ...}` and what belongs to it out."""

REGISTRATIONS = "/apis/admissionregistration.k8s.io/v1"


async def refuse(request: dict[str, Any]) -> dict[str, Any]:
    return {"allowed": False, "status": {"message": "not on Fridays", "code": 403}}


async def never_answer(request: dict[str, Any]) -> dict[str, Any]:
    await asyncio.sleep(60)
    return {"allowed": True}


def set_value(pointer: str, value: object) -> Judge:
    """Rewrites one field of every object, given as a JSON pointer."""
    patch = [{"op": "add", "path": pointer, "value": value}]

    async def rewrite(request: dict[str, Any]) -> dict[str, Any]:
        text = base64.b64encode(json.dumps(patch).encode()).decode()
        return {"allowed": True, "patchType": "JSONPatch", "patch": text}

    return rewrite


@asynccontextmanager
async def webhook(
    plane: Access, namespace: str, judge: Judge, resource: str = "configmaps", *, mutating: bool = False
) -> AsyncIterator[str]:
    """Asked about every write of core/v1 `resource` in `namespace`. Gives the webhook's name; soon in force."""
    async with _served(plane, judge) as url:
        name = f"{uuid.uuid4().hex[:8]}.example.com"
        kind = "Mutating" if mutating else "Validating"
        path = f"{REGISTRATIONS}/{kind.lower()}webhookconfigurations"
        rule = {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE", "UPDATE"]}
        hook = {
            "name": name,
            "admissionReviewVersions": ["v1"],
            "sideEffects": "None",
            "timeoutSeconds": 1,
            "clientConfig": {
                "url": url,
                "caBundle": base64.b64encode(plane.authority.certificate.read_bytes()).decode(),
            },
            "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": namespace}},
            "rules": [{**rule, "resources": [resource]}],
        }
        body = {"kind": f"{kind}WebhookConfiguration", "metadata": {"name": name}, "webhooks": [hook]}
        plane.api.create(path, {"apiVersion": "admissionregistration.k8s.io/v1", **body})
        try:
            yield name
        finally:
            plane.api.delete(f"{path}/{name}")


@asynccontextmanager
async def _served(plane: Access, judge: Judge) -> AsyncIterator[str]:
    async def handle(request: web.BaseRequest) -> web.StreamResponse:
        review = json.loads(await request.read())
        answer = {"uid": review["request"]["uid"], **await judge(review["request"])}
        return web.json_response(
            {"apiVersion": review["apiVersion"], "kind": "AdmissionReview", "response": answer}
        )

    trust = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    trust.load_cert_chain(*plane.authority.server("webhook", ["127.0.0.1"]))
    server = web.Server(handle, access_log=None)
    runner = web.ServerRunner(server, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=trust).start()
    try:
        yield f"https://127.0.0.1:{runner.addresses[0][1]}/"
    finally:
        for connection in server.connections:
            if connection.transport is not None:
                connection.transport.abort()  # an API server keeps its connections, and TLS takes leave slowly
        await runner.cleanup()
