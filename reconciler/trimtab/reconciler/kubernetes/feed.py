"""Where the news of one watch go: into a table and on to those who listen, or, for what is owned, to its owners."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final, Protocol

from trimtab.reconciler.cluster import Observed
from trimtab.reconciler.health import QUEUE_LABEL
from trimtab.reconciler.kubernetes.owned import Owned, Owner, has_all_ends
from trimtab.reconciler.kubernetes.served import Served
from trimtab.reconciler.kubernetes.table import Listing, StaleList, Table, Told


class Listener(Protocol):
    def hear(self, told: Told) -> None: ...
    def note_synced(self, kind: tuple[str, str]) -> None: ...
    def fail(self, error: Exception) -> None: ...


class Needs(Protocol):
    """What a feed asks of the scope that it is part of."""

    async def look_for_ends(self, job: Observed) -> None:
        """Of the Pods of a Job that has ended before all of their ends were seen."""

    def watch_queues(self) -> None:
        """Something stands in one."""


class Feed:
    """A `Sink`."""

    def __init__(self, kind: tuple[str, str], manager: str, owned: Owned, scope: Needs) -> None:
        self.kind: Final = kind
        self.is_synced = False
        self.listeners: dict[Listener, None] = {}
        self._owned, self._scope = owned, scope
        self._table = Table(*kind, manager, owned.of)
        self._listing: Listing | None = None

    @property
    def revision(self) -> int:
        return self._table.revision

    def join(self, listener: Listener) -> None:
        """It is told what is known, and from then on what is new."""
        self.listeners[listener] = None
        for observed in self._table:
            listener.hear(Told(None, observed))
        if self.is_synced:
            listener.note_synced(self.kind)

    def leave(self, listener: Listener) -> None:
        self.listeners.pop(listener, None)

    async def put(self, served: Served) -> None:
        for told in (self._listing or self._table).put(served):
            self._tell([await self._with_ends(told)])

    async def remove(self, served: Served) -> None:
        self._tell(self._table.remove(served))

    def refresh(self, key: tuple[str, str]) -> None:
        """What this object owns has changed."""
        self._tell(self._table.refresh(key))

    def reached(self, revision: int) -> None:
        self._table.reached(revision)

    def begin(self) -> None:
        self._listing = self._table.listing()

    def end(self, revision: int) -> None:
        listing, self._listing = self._listing, None
        if listing is not None:
            self._tell(listing.end(revision))

    def clear(self) -> None:
        self._listing = None
        self._tell(self._table.clear())

    def synced(self) -> None:
        self.is_synced = True
        for listener in list(self.listeners):
            listener.note_synced(self.kind)

    def fail(self, error: Exception) -> None:
        for listener in list(self.listeners):
            listener.fail(error)

    async def _with_ends(self, told: Told) -> Told:
        """Nothing says whether a Job's end or those of its Pods are told first, and the last words are in the latter."""
        observed = told.new
        if observed is None or self.kind[1] != "Job" or observed.health.finished is None:
            return told
        known = told.old is not None and told.old.health.finished is not None
        if known or has_all_ends(self._table.said_of(observed), self._owned.of(observed.ref, observed.uid)):
            return told
        await self._scope.look_for_ends(observed)
        for _ in self._table.refresh(observed.ref[2:]):
            pass  # the watch of Pods may have told of them meanwhile, so what the table says counts, changed or not
        return Told(told.old, self._table.get(observed.ref[2:]) or observed)

    def _tell(self, news: Iterable[Told]) -> None:
        for told in news:
            if told.old is not None and (told.new is None or told.new.uid != told.old.uid):
                self._owned.forget(told.old.ref, told.old.uid)
            if told.new is not None and QUEUE_LABEL in told.new.labels:
                self._scope.watch_queues()
            for listener in list(self.listeners):
                listener.hear(told)


class OwnedFeed:
    """A `Sink` for what belongs to somebody. `changed` is told whose health may be another."""

    def __init__(
        self, kind: tuple[str, str], owned: Owned, changed: Callable[[Owner], None], ready: Callable[[], None]
    ) -> None:
        self.kind: Final = kind
        self._owned, self._changed, self.synced = owned, changed, ready
        self.revision = 0
        self._names: set[tuple[str, str]] | None = None

    async def put(self, served: Served) -> None:
        if self._names is not None:
            self._names.add(served.key)
        else:
            self.reached(served.revision)
        self._note(self._owned.put(served.without_fields(*self.kind)))

    async def remove(self, served: Served) -> None:
        self.reached(served.revision)
        self._note(self._owned.remove(served.without_fields(*self.kind)))

    def reached(self, revision: int) -> None:
        self.revision = max(self.revision, revision)

    def begin(self) -> None:
        self._names = set()

    def end(self, revision: int) -> None:
        names, self._names = self._names or set(), None
        if revision < self.revision:
            raise StaleList(f"{revision} is older than {self.revision}")
        self.reached(revision)
        self._keep_only(names)

    def clear(self) -> None:
        self._names = None
        self._keep_only(set())

    def _keep_only(self, names: set[tuple[str, str]]) -> None:
        for owner in self._owned.keep_only(self.kind[1], names):
            self._changed(owner)

    def _note(self, owner: Owner | None) -> None:
        if owner is not None:
            self._changed(owner)
