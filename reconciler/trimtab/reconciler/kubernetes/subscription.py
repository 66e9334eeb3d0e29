"""One who listens: news of objects become the events of his selection, in order, until he has had enough."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from dataclasses import replace

from trimtab.reconciler.cluster import Change, Event, Observed
from trimtab.reconciler.kubernetes.table import Told


class Subscription:
    def __init__(
        self, kinds: Sequence[tuple[str, str]], namespace: str, selector: Mapping[str, str] | None
    ) -> None:
        self._awaited = set(kinds)
        self._namespace = namespace
        self._selector = tuple((selector or {}).items())
        self._queue: asyncio.Queue[Event | Exception] = asyncio.Queue()

    async def events(self) -> AsyncGenerator[Event, None]:
        """Raises what a feed of his failed with."""
        while True:
            event = await self._queue.get()
            if isinstance(event, Exception):
                raise event
            yield event

    def hear(self, told: Told) -> None:
        for event in self._events(told):
            self._queue.put_nowait(event)

    def note_synced(self, kind: tuple[str, str]) -> None:
        if self._awaited:
            self._awaited.discard(kind)
            if not self._awaited:
                self._queue.put_nowait(Event(Change.SYNCED, None))

    def fail(self, error: Exception) -> None:
        self._queue.put_nowait(error)

    def _events(self, told: Told) -> Iterator[Event]:
        was, now = self._covered(told.old), self._covered(told.new)
        if was is not None and now is None:
            yield Event(Change.DELETED, was if told.new is None else replace(was, revision=told.new.revision))
        elif now is not None:
            yield Event(Change.ADDED if was is None else Change.MODIFIED, now)

    def _covered(self, observed: Observed | None) -> Observed | None:
        """An object that leaves the selection is gone, for whoever selected it."""
        if observed is None or (self._namespace and observed.ref.namespace not in ("", self._namespace)):
            return None
        labels = observed.labels
        return observed if all(labels.get(name) == value for name, value in self._selector) else None
