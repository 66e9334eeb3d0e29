"""What is known of the objects of one kind: a small record each, brought up to date by lists and watch events.

Pure. A revision only grows: what is older than what is known says nothing, and a list that is older than the table
would make objects vanish that are there, so it is refused. No content is kept, save what an owner of Pods
says of itself, which its health is told from.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, NamedTuple

import msgspec

from trimtab.compiler.bundle import Ref
from trimtab.reconciler.cluster import Health, Observed, told_content
from trimtab.reconciler.health import QUEUE_LABEL
from trimtab.reconciler.kubernetes.observing import health_at, noteworthy
from trimtab.reconciler.kubernetes.own_fields import own_digest
from trimtab.reconciler.kubernetes.served import Served

Key = tuple[str, str]
Body = Mapping[str, Any]
OwnedBy = Callable[[Ref, str], Sequence[Body]]
"""What an object (by its name and uid) owns that its health is told from: Pods, its place in a queue."""

OWNERS_OF_PODS = frozenset({("batch/v1", "Job"), ("apps/v1", "Deployment"), ("apps/v1", "StatefulSet")})

_HEALTHY = Health()


class StaleList(Exception):
    """A list that is older than what is known already."""


class Told(NamedTuple):
    """One object as it was known and as it is now; None where it is not there."""

    old: Observed | None
    new: Observed | None


@dataclass(slots=True)
class _Record:
    observed: Observed
    print: bytes
    revision: int
    of_health: bytes
    """What an object that owns something says of itself, as JSON; empty for all others."""


class Table:
    """`revision` is the moment that it describes: a watch goes on from there."""

    def __init__(self, api_version: str, kind: str, manager: str, owned_by: OwnedBy) -> None:
        self.revision = 0
        self._api_version: Final = sys.intern(api_version)
        self._kind: Final = sys.intern(kind)
        self._manager: Final = manager
        self._owned_by: Final = owned_by
        self._owns_pods: Final = (api_version, kind) in OWNERS_OF_PODS
        self._records: dict[Key, _Record] = {}

    def __iter__(self) -> Iterator[Observed]:
        return iter([record.observed for record in self._records.values()])

    def __len__(self) -> int:
        return len(self._records)

    def get(self, key: Key) -> Observed | None:
        record = self._records.get(key)
        return None if record is None else record.observed

    def put(self, served: Served) -> Iterator[Told]:
        """An object that was added or has changed."""
        known = self._records.get(served.key)
        if known is not None and served.revision <= known.revision:
            return
        yield from self._keep(served.key, known, self._record(served, known))

    def remove(self, served: Served) -> Iterator[Told]:
        """An object that is gone, or has left the selection."""
        known = self._records.get(served.key)
        if known is None or served.revision < known.revision:
            return
        del self._records[served.key]
        self.reached(served.revision)
        yield Told(replace(known.observed, revision=str(served.revision)), None)

    def reached(self, revision: int) -> None:
        """All that happened until then has been told."""
        self.revision = max(self.revision, revision)

    def refresh(self, key: Key) -> Iterator[Told]:
        """What it owns has changed."""
        record = self._records.get(key)
        if record is None or not record.of_health:
            return
        old = record.observed
        body = msgspec.json.decode(record.of_health)
        health = _shared(health_at(old.ref, body, self._owned_by(old.ref, old.uid)))
        if health != old.health:
            record.observed = replace(old, health=health)
            yield Told(old, record.observed)

    def said_of(self, owner: Observed) -> Body:
        """What an owner of Pods said last, without its template."""
        said: Body = msgspec.json.decode(self._records[owner.ref[2:]].of_health)
        return said

    def clear(self) -> Iterator[Told]:
        """The kind itself is gone, and its objects with it."""
        for record in list(self._records.values()):
            yield self._gone(record)
        self.revision = 0

    def listing(self) -> Listing:
        return Listing(self)

    def _keep(self, key: Key, known: _Record | None, record: _Record) -> Iterator[Told]:
        self._records[record.observed.ref[2:]] = record
        self.reached(record.revision)
        if known is not None and known.observed.uid != record.observed.uid:
            yield Told(known.observed, None)
            known = None
        yield Told(known.observed if known else None, record.observed)

    def _gone(self, record: _Record) -> Told:
        """Nobody told of its end: it went between the revision it was known at and the one that is known now."""
        del self._records[record.observed.ref[2:]]
        return Told(replace(record.observed, revision=str(max(self.revision, record.revision))), None)

    def _record(self, served: Served, known: _Record | None) -> _Record:
        metadata, print_ = served.metadata, served.print(self._manager)
        ref = Ref(self._api_version, self._kind, sys.intern(metadata.namespace), sys.intern(metadata.name))
        same = known is not None and known.print == print_ and known.observed.uid == metadata.uid
        body = served.without_fields(*ref[:2])
        if same and known is not None:
            own, labels, annotations = known.observed.own, known.observed.labels, known.observed.annotations
        else:
            own = sys.intern(own_digest(served.whole(*ref[:2]), self._manager))
            labels = _interned(body["metadata"]["labels"])
            annotations = _interned(noteworthy(body["metadata"]["annotations"]))
        owns = self._owns_pods or QUEUE_LABEL in labels
        observed = Observed(
            ref=known.observed.ref if known is not None else ref,
            uid=metadata.uid,
            revision=metadata.resource_version,
            generation=metadata.generation,
            own=own,
            labels=labels,
            annotations=annotations,
            deleting=metadata.deletion_timestamp is not None,
            health=_shared(health_at(ref, body, self._owned_by(ref, metadata.uid) if owns else ())),
            body=told_content(ref, labels, body),
            ours=served.is_written_by(self._manager),
        )
        return _Record(observed, print_, served.revision, _of_health(body) if owns else b"")


class Listing:
    """A list of all there is, taken in item by item: those that it doesn't name are gone, once it has ended."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._seen: set[Key] = set()
        self._held: list[Served] = []

    def put(self, served: Served) -> Iterator[Told]:
        """An object that is unknown though it is old may have gone since: only the list's own age will tell."""
        key = served.key
        self._seen.add(key)
        if key not in self._table._records and served.revision <= self._table.revision:
            self._held.append(served)
        else:
            yield from self._table.put(served)

    def end(self, revision: int) -> Iterator[Told]:
        """Raises StaleList, and then nothing is told to be gone."""
        if revision < self._table.revision:
            raise StaleList(f"{revision} is older than {self._table.revision}")
        for served in self._held:
            yield from self._table.put(served)
        self._table.reached(revision)
        unseen = [record for key, record in self._table._records.items() if key not in self._seen]
        for record in unseen:
            yield self._table._gone(record)


def _of_health(body: Body) -> bytes:
    """Without the template, which is most of it, and all else that no health is told from."""
    spec = {name: value for name, value in (body.get("spec") or {}).items() if name not in _NO_HEALTH}
    about = body["metadata"]
    metadata = {name: about[name] for name in _OF_METADATA if name in about}
    metadata["labels"] = {name: value for name, value in about["labels"].items() if name == QUEUE_LABEL}
    return msgspec.json.encode({**body, "metadata": metadata, "spec": spec})


_NO_HEALTH = frozenset({"template", "selector"})
_OF_METADATA = ("name", "namespace", "generation", "creationTimestamp", "deletionTimestamp")


def _interned(texts: Mapping[str, str]) -> Mapping[str, str]:
    """Thousands of objects carry the same few, and what is wanted of them says the same."""
    return {sys.intern(name): sys.intern(value) for name, value in texts.items()}


def _shared(health: Health) -> Health:
    return _HEALTHY if health == _HEALTHY else health
