"""Kinds that are not there yet, and come with their CustomResourceDefinition, which somebody installs later.

One watch of all definitions (their names alone) while anybody waits, and none when nobody does. Where they may not be
watched, discovery is asked again from time to time.
"""

from __future__ import annotations

import asyncio
import logging
import random
from contextlib import aclosing
from typing import Final

from trimtab.reconciler.cluster import ClusterUnavailable
from trimtab.reconciler.kubernetes.connection import Connection, Unexpected
from trimtab.reconciler.kubernetes.discovery import Discovery

log = logging.getLogger(__name__)

DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
SILENCE_SECONDS = 110.0
NAMES_ALONE = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"
ASK_AGAIN_SECONDS = 60.0
"""Where definitions may not be watched."""
SETTLING = (0.0, 1.2, 2.5, 5.0)
"""Seconds after a definition changed: what it defines is served a little later."""


class Arrivals:
    def __init__(self, connection: Connection, discovery: Discovery) -> None:
        self._connection: Final = connection
        self._discovery: Final = discovery
        self._waiting: set[asyncio.Event] = set()
        self._task: asyncio.Task[None] | None = None

    async def wait_for(self, kind: tuple[str, str]) -> None:
        """Until it is served. Raises ClusterUnavailable."""
        news = asyncio.Event()
        self._waiting.add(news)
        if self._task is None:
            self._task = asyncio.create_task(self._watch())
        try:
            while not await self._is_there(kind, news):
                await news.wait()
        finally:
            self._waiting.remove(news)
            if not self._waiting:
                self._task.cancel()
                self._task = None

    async def _is_there(self, kind: tuple[str, str], news: asyncio.Event) -> bool:
        news.clear()
        for pause in SETTLING:
            await asyncio.sleep(pause)
            if await self._discovery.resource(*kind) is not None:
                return True
        return False

    def _tell(self) -> None:
        for news in self._waiting:
            news.set()

    async def _watch(self) -> None:
        while True:
            try:
                await self._listen()
            except (Unexpected, ClusterUnavailable) as error:
                log.debug("definitions are not watched: %s", error)
                await asyncio.sleep(ASK_AGAIN_SECONDS * random.uniform(0.5, 1))  # noqa: S311
                self._tell()

    async def _listen(self) -> None:
        params = {"watch": "true", "allowWatchBookmarks": "true"}
        lines = self._connection.stream(
            DEFINITIONS, params=params, accept=NAMES_ALONE, silence=SILENCE_SECONDS
        )
        async with aclosing(lines):
            async for line in lines:
                if b'"BOOKMARK"' not in line[:40]:
                    self._tell()
