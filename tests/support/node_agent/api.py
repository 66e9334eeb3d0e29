"""The agent's own way to the API server: requests that wait out its restarts, and nothing more.

It shares no code with the product's client, whose tests it serves.
"""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

Body = Mapping[str, Any]

MERGE, STRATEGIC = "application/merge-patch+json", "application/strategic-merge-patch+json"

AGAIN = 0.2
"""Seconds before a request is repeated that nobody answered: a control plane of the tests comes back soon."""
LONGEST_LINE = 16 * 2**20


class Refused(Exception):
    """The API server's no: its HTTP code, and what it said."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code


@dataclass(frozen=True)
class Access:
    """Where the API server is, and who we are: files in PEM."""

    url: str
    authority: Path
    certificate: Path
    key: Path

    def session(self) -> aiohttp.ClientSession:
        context = ssl.create_default_context(cafile=str(self.authority))
        context.load_cert_chain(self.certificate, self.key)
        connector = aiohttp.TCPConnector(ssl=context, limit=64)
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=5)
        return aiohttp.ClientSession(self.url, connector=connector, timeout=timeout)


class Api:
    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session

    async def get(self, path: str) -> Body | None:
        """None where there is no such object."""
        try:
            return await self._ask("GET", path)
        except Refused as refused:
            if refused.code == 404:
                return None
            raise

    async def create(self, path: str, body: Body) -> Body:
        """May be repeated: an object of that name that is there already is left as it is."""
        try:
            return await self._ask("POST", path, body)
        except Refused as refused:
            if refused.code == 409 and "name" in body.get("metadata", {}):
                return await self._ask("GET", f"{path}/{body['metadata']['name']}")
            raise

    async def post(self, path: str, body: Body) -> Body:
        return await self._ask("POST", path, body)

    async def patch(self, path: str, body: Body, kind: str = MERGE) -> Body:
        return await self._ask("PATCH", path, body, kind)

    async def delete(self, path: str, *, grace: int | None = None, uid: str = "") -> None:
        """Harmless where it is gone, or another has its name."""
        options: dict[str, Any] = {} if grace is None else {"gracePeriodSeconds": grace}
        if uid:
            options["preconditions"] = {"uid": uid}
        try:
            await self._ask("DELETE", path, options)
        except Refused as refused:
            if refused.code not in (404, 409):
                raise

    async def watch(self, path: str, revision: str) -> AsyncIterator[Body]:
        """Events from there on. Raises `Refused` with 410 where that is too long ago, `aiohttp.ClientError` at its end."""
        query = {"watch": "true", "resourceVersion": revision, "allowWatchBookmarks": "true"}
        async with self._session.get(path, params=query) as answer:
            if answer.status >= 400:
                raise Refused(answer.status, await answer.text())
            buffer = b""
            async for chunk in answer.content.iter_any():
                *lines, buffer = (buffer + chunk).split(b"\n")
                for line in lines:
                    event: Body = json.loads(line)
                    if event["type"] == "ERROR":
                        raise Refused(event["object"].get("code", 500), event["object"].get("message", ""))
                    yield event

    async def _ask(self, method: str, path: str, body: Body | None = None, kind: str = "") -> Body:
        headers = {"Content-Type": kind or "application/json"}
        data = None if body is None else json.dumps(body).encode()
        while True:
            try:
                async with self._session.request(method, path, data=data, headers=headers) as answer:
                    text = await answer.read()
                    if answer.status < 400:
                        found: Body = json.loads(text)
                        return found
                    if answer.status < 500 and answer.status != 429:
                        raise Refused(answer.status, _message(text))
            except (aiohttp.ClientConnectionError, aiohttp.ClientPayloadError, TimeoutError):
                pass
            await asyncio.sleep(AGAIN)


def _message(text: bytes) -> str:
    try:
        return str(json.loads(text).get("message", ""))
    except ValueError:
        return text.decode(errors="replace")


def path(group: str, plural: str, namespace: str = "", name: str = "", subresource: str = "") -> str:
    """`group` with its version, as `v1` or `apps/v1`."""
    parts = [
        "apis" if "/" in group else "api",
        group,
        *(["namespaces", namespace] if namespace else []),
        plural,
        name,
        subresource,
    ]
    return "/" + "/".join(part for part in parts if part)
