"""One kind, followed: a list, a watch from there on, and again whenever the watch breaks off; told to a sink.

It never gives up once it has listed: a server that is away comes back. What was missed meanwhile is told by a list as
if it had been seen. It decides nothing about objects; what a record is, and what is too old, is the sink's business.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Mapping
from contextlib import AsyncExitStack, aclosing
from dataclasses import dataclass, field
from time import monotonic
from typing import Any, Final, Protocol

import msgspec
from msgspec import Raw, Struct

from trimtab.reconciler.cluster import ClusterUnavailable
from trimtab.reconciler.kubernetes.arrivals import Arrivals
from trimtab.reconciler.kubernetes.connection import Connection, Unexpected
from trimtab.reconciler.kubernetes.discovery import Discovery, Resource
from trimtab.reconciler.kubernetes.exchange import Answer
from trimtab.reconciler.kubernetes.pauses import Pauses, Recovery
from trimtab.reconciler.kubernetes.served import Served
from trimtab.reconciler.kubernetes.table import StaleList

log = logging.getLogger(__name__)

PAGE = 500
SILENCE_SECONDS = 110.0
"""A server sends a bookmark about every minute: one that says nothing for longer is not there."""
LEAST_STREAM, MOST_STREAM = 300, 600
"""Seconds after which a server is asked to end a watch, by chance: so that thousands don't come back at once."""
LISTS_AT_ONCE = 4
STALE_LISTS = 6
"""So many stale lists in a row, read with a quorum, are no lagging server: the cluster's past was put back."""

_INITIAL_END = "k8s.io/initial-events-end"


class Refused(Exception):
    """We may not watch this kind here."""


class Sink(Protocol):
    """Where the news of one kind go. `revision`: what it knows, from where a watch goes on."""

    @property
    def revision(self) -> int: ...
    async def put(self, served: Served) -> None: ...
    async def remove(self, served: Served) -> None: ...
    def reached(self, revision: int) -> None: ...
    def begin(self) -> None:
        """A list of all there is follows, by `put`."""

    def end(self, revision: int) -> None:
        """The list is complete, and true as of `revision`. Raises StaleList."""

    def clear(self) -> None:
        """The kind is not served: nothing of it is there."""

    def synced(self) -> None:
        """What is there is known, or it is known that it can't be."""


@dataclass
class Habits:
    """What the watches of one cluster share."""

    connection: Connection
    discovery: Discovery
    arrivals: Arrivals
    lists: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(LISTS_AT_ONCE))
    """So that a whole cluster that expired does not come back at once."""
    recovery: Recovery = field(default_factory=Recovery)
    initial_events: bool = True
    """The server can begin a watch with what is there; older ones are asked for a list."""


class _Event(Struct, gc=False):
    type: str
    object: Raw


class _Mark(Struct, gc=False):
    """What a bookmark or a Status says."""

    metadata: dict[str, Any] = {}
    code: int = 0
    message: str = ""


class _Page(Struct, gc=False):
    metadata: dict[str, Any]
    items: list[Raw]


_decode_event = msgspec.json.Decoder(_Event).decode
_decode_mark = msgspec.json.Decoder(_Mark).decode
_decode_page = msgspec.json.Decoder(_Page).decode


class _Expired(Exception):
    """The server no longer knows what happened since the revision we know."""


class _Troubled(Exception):
    """The server told of a failure inside a stream, or told what can't be read."""


class Watch:
    """`namespace` is empty for all of them; cluster-scoped kinds heed it only where all of them are refused."""

    def __init__(
        self, habits: Habits, kind: tuple[str, str], sink: Sink, namespace: str, selector: str
    ) -> None:
        self.kind: Final = kind
        self._habits, self._sink = habits, sink
        self._namespace = namespace
        self._choice = {"labelSelector": selector} if selector else {}
        self._must_list, self._by_pages = True, False
        self._is_synced = False
        self._stale_lists = 0
        self._pauses = Pauses(habits.recovery)
        self._began = monotonic()

    async def run(self) -> None:
        """Until cancelled. Raises `Refused`, and `ClusterUnavailable` for what waiting will not mend."""
        while True:
            started, unreachable, wanted = monotonic(), False, 0.0
            try:
                resource = await self._habits.discovery.resource(*self.kind)
                if resource is None:
                    await self._wait_for_kind()
                else:
                    await self._follow(resource)
            except _Expired:
                self._must_list = True
            except StaleList as error:
                self._note_stale(error)
            except Unexpected as error:
                wanted = self._answered(error.answer)
            except (ClusterUnavailable, _Troubled, msgspec.MsgspecError) as error:
                unreachable = not isinstance(error, _Troubled)
                self._note(error)
            await self._pauses.wait(monotonic() - started, unreachable=unreachable, wanted=wanted)

    async def _wait_for_kind(self) -> None:
        discovery = self._habits.discovery
        if self.kind[0].rpartition("/")[0] in discovery.down:
            self._set_synced()  # nobody knows what is there, and nobody else has to wait for that
            raise _Troubled(f"the server of {self.kind[0]} does not answer")
        self._sink.clear()
        self._must_list = True
        self._set_synced()
        await self._habits.arrivals.wait_for(self.kind)

    async def _follow(self, resource: Resource) -> None:
        async with AsyncExitStack() as turn:
            if self._must_list:
                await turn.enter_async_context(self._habits.lists)
                if self._habits.initial_events and not self._by_pages:
                    start = {"sendInitialEvents": "true", "resourceVersionMatch": "NotOlderThan"}
                    self._sink.begin()
                    await self._stream(resource, start, turn)
                    return
                await self._list(resource)
                await turn.aclose()
            await self._stream(resource, {"resourceVersion": str(self._sink.revision)}, turn)

    async def _stream(self, resource: Resource, start: Mapping[str, str], turn: AsyncExitStack) -> None:
        params = {
            **self._choice,
            **start,
            "watch": "true",
            "allowWatchBookmarks": "true",
            "timeoutSeconds": str(random.randint(LEAST_STREAM, MOST_STREAM)),  # noqa: S311
        }
        connection = self._habits.connection
        lines = connection.stream(resource.path(self._namespace), params=params, silence=SILENCE_SECONDS)
        async with aclosing(lines):
            async for line in lines:
                self._pauses.hear()
                event = _decode_event(line)
                match event.type:
                    case "ADDED" | "MODIFIED":
                        await self._sink.put(Served(event.object))
                    case "DELETED":
                        await self._sink.remove(Served(event.object))
                    case "BOOKMARK":
                        await self._reached(_decode_mark(event.object), turn)
                    case _:
                        _complain(_decode_mark(event.object))

    async def _reached(self, mark: _Mark, turn: AsyncExitStack) -> None:
        revision = int(mark.metadata["resourceVersion"])
        if not self._must_list:
            self._sink.reached(revision)
        elif (mark.metadata.get("annotations") or {}).get(_INITIAL_END) == "true":
            self._listed(revision)
            await turn.aclose()

    async def _list(self, resource: Resource) -> None:
        """Page by page. A server may forget where we are; then it is asked once more, and for all at once after that."""
        self._sink.begin()
        path, params = resource.path(self._namespace), {**self._choice, "limit": str(PAGE)}
        if self._pauses.failures > 1:
            del params["limit"]
        while True:
            answer = await self._habits.connection.request("GET", path, params=params)
            if not answer.ok:
                raise Unexpected(answer)
            page = _decode_page(answer.body)
            for item in page.items:
                await self._sink.put(Served(item))
            if not page.metadata.get("continue"):
                self._listed(int(page.metadata["resourceVersion"]))
                return
            params["continue"] = page.metadata["continue"]

    def _listed(self, revision: int) -> None:
        self._sink.end(revision)
        if self._by_pages:
            self._habits.initial_events = False
        self._must_list, self._by_pages = False, False
        self._stale_lists = 0
        self._set_synced()

    def _set_synced(self) -> None:
        if not self._is_synced:
            self._is_synced = True
            self._sink.synced()

    def _answered(self, answer: Answer) -> float:
        """By something else than a stream. Seconds that the server asks to be left alone for."""
        by_events = self._must_list and self._habits.initial_events and not self._by_pages
        match answer.status:
            case 410:
                self._must_list = True
            case 404:
                self._habits.discovery.forget()
            case 401:
                raise ClusterUnavailable("the cluster does not know us any more: log in again")
            case 400 | 422 if by_events:
                self._habits.initial_events = False
            case 403 if by_events:
                self._by_pages = True  # some servers say so of what they can't do
            case 403:
                self._refused(answer)
            case _:
                self._note(_Troubled(f"the cluster answers a watch with {answer.status}"))
        wanted = answer.headers.get("Retry-After", "")
        return float(wanted) if wanted.isdecimal() else 0.0

    def _refused(self, answer: Answer) -> None:
        """Who may see one namespace may see that Namespace, too."""
        if self.kind == ("v1", "Namespace") and self._namespace and "fieldSelector" not in self._choice:
            self._choice = {**self._choice, "fieldSelector": f"metadata.name={self._namespace}"}
            self._by_pages = False
            return
        said = _decode_mark(answer.body).message if answer.json() else ""
        raise Refused(f"{self.kind[1]} can't be watched: {said or 'forbidden'}")

    def _note_stale(self, error: StaleList) -> None:
        self._stale_lists += 1
        if self._stale_lists >= STALE_LISTS:
            raise ClusterUnavailable(
                "the cluster shows an older state than it did, as after a restored backup: look at it, and start again"
            ) from error

    def _note(self, error: Exception) -> None:
        if not self._is_synced and monotonic() - self._began > self._habits.connection.patience.known:
            raise ClusterUnavailable(f"{self.kind[1]} can't be watched: {error}") from error
        if self._pauses.failures == 0:
            log.info("the watch of %s is taken up again: %s", self.kind[1], error)


def _complain(mark: _Mark) -> None:
    if mark.code == 410:
        raise _Expired
    raise _Troubled(mark.message or "the cluster broke off a watch")
