"""All objects of one kind, kept current by a list and a watch."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator

import aiohttp

from node_agent.api import AGAIN, Api, Body, Refused

log = logging.getLogger(__name__)

Name = tuple[str, str]
"""Namespace and name."""


def name_of(body: Body) -> Name:
    return body["metadata"].get("namespace", ""), body["metadata"]["name"]


class Informer:
    """`changed` is told of each object that came, changed or went; None stands for one that went."""

    def __init__(self, api: Api, path: str, changed: Callable[[Name, Body | None], None]) -> None:
        self._api = api
        self._path = path
        self._changed = changed
        self._objects: dict[Name, Body] = {}
        self._revision = ""
        self.synced = asyncio.Event()

    def __iter__(self) -> Iterator[Body]:
        return iter(list(self._objects.values()))

    def get(self, namespace: str, name: str) -> Body | None:
        return self._objects.get((namespace, name))

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            try:
                if not self._revision:
                    await self._list()
                await self._watch()
            except Refused as refused:
                log.info("watch of %s: %s", self._path, refused)
                self._revision = ""
            except (aiohttp.ClientError, TimeoutError) as error:
                log.info("watch of %s: %r", self._path, error)
            await asyncio.sleep(AGAIN)

    async def _list(self) -> None:
        listed = await self._api.get(self._path)
        assert listed is not None, self._path
        found = {name_of(body): body for body in listed["items"]}
        for name in self._objects.keys() - found.keys():
            self._take(name, None)
        for name, body in found.items():
            self._take(name, body)
        self._revision = listed["metadata"]["resourceVersion"]
        self.synced.set()

    async def _watch(self) -> None:
        async for event in self._api.watch(self._path, self._revision):
            body = event["object"]
            self._revision = body["metadata"]["resourceVersion"]
            if event["type"] != "BOOKMARK":
                self._take(name_of(body), None if event["type"] == "DELETED" else body)

    def _take(self, name: Name, body: Body | None) -> None:
        before = self._objects.pop(name, None)
        if body is not None:
            self._objects[name] = body
            if before is not None and before["metadata"]["uid"] != body["metadata"]["uid"]:
                self._changed(name, None)
        self._changed(name, body)
