"""What a plan may know of the world: immutable, and nothing but what watches, the ledger and the last pass told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple, Self

from trimtab.compiler.bundle import Ref
from trimtab.compiler.canonical import short
from trimtab.reconciler.applied import Applied
from trimtab.reconciler.cluster import Observed
from trimtab.reconciler.ledger import Record


@dataclass(frozen=True, slots=True)
class Now:
    """The time a plan is made at. Seconds since the epoch."""

    seconds: float

    @property
    def text(self) -> str:
        return datetime.fromtimestamp(int(self.seconds), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    def since(self, time: str) -> float:
        """Seconds since an RFC 3339 `time`; none where that is empty."""
        return self.seconds - datetime.fromisoformat(time).timestamp() if time else 0.0


@dataclass(frozen=True, slots=True)
class Served:
    """The model an endpoint serves, as recorded before the endpoint was written."""

    run: str  # name of the record
    key: str
    directory: str
    digest: str
    since: str


MARK = 24
"""Hex digits of a digest that a baseline keeps. 96 bits tell the states of one object from each other, and a system of
a thousand objects remembers them in 40 KB."""


def mark_of(digest: str) -> str:
    return short(digest, MARK)


class _Marks(NamedTuple):
    desired: str
    own: str


class Baseline(_Marks):
    """What an object was when we last applied it: the desired state's digest, and that of our own fields as returned.

    Both are shortened, whatever they are given as, and are asked only by what shortens likewise.
    """

    __slots__ = ()

    def __new__(cls, desired: str, own: str) -> Self:
        return super().__new__(cls, mark_of(desired), mark_of(own))

    def is_of(self, desired: str) -> bool:
        """Was it applied as this?"""
        return self.desired == mark_of(desired)

    def is_as(self, own: str) -> bool:
        """Are our fields what they were then?"""
        return self.own == mark_of(own)


@dataclass(frozen=True, slots=True)
class Problem:
    """What the engine said when an object was last written; not tried again until its desired state changes."""

    desired: str
    message: str
    field: tuple[str | int, ...] = ()
    fixed: bool = False
    """The engine never takes this change in place, and says nothing else against it."""
    met: Observed | None = None
    """What was there though it was to be made; then `message` says who made it."""


@dataclass(frozen=True, slots=True)
class SystemRecord:
    """What the `MLSystem` object remembers in its status."""

    uid: str
    revision: str
    generation: int
    source: str = ""
    cluster: str = ""
    environment: str = ""
    confirmed: str = ""
    serving: Mapping[str, Served] = field(default_factory=dict)
    conditions: Mapping[str, tuple[bool, str, str, str]] = field(default_factory=dict)
    """type -> (status, reason, message, since)"""
    commit: str = ""
    status: Mapping[str, Any] = field(default_factory=dict)
    """As it was read, so that a status that says nothing new is not written."""


@dataclass(frozen=True, slots=True)
class State:
    """`objects` are those that carry this system's label. `corrections` counts heals of late."""

    objects: Mapping[Ref, Observed] = field(default_factory=dict)
    records: Mapping[str, Record] = field(default_factory=dict)
    system: SystemRecord | None = None
    baseline: Mapping[Ref, Baseline] = field(default_factory=dict)
    applied: tuple[Applied, ...] = ()
    """The bundles that were applied, as far as something in the cluster is still as one of them asks."""
    unserved: frozenset[tuple[str, str]] = frozenset()
    """Kinds of earlier specs that are not served now: what there may be of them is not seen."""
    problems: Mapping[Ref, Problem] = field(default_factory=dict)
    stays: Mapping[str, str] = field(default_factory=dict)
    """By wish: why what was to be deleted is still there. What else is wrong with it is a problem of its own."""
    corrections: Mapping[tuple[Ref, str], int] = field(default_factory=dict)
    """By object, and the desired state that it was brought back to."""
    lingering: Mapping[str, str] = field(default_factory=dict)
    """By record that is to be looked up: Pods of an earlier attempt that have not ended."""
    told_lately: bool = False
    """This process wrote the system's status a moment ago."""
    commit: str = ""
    source: str = ""
    cluster: str = ""
    scheduled: bool = False
    """A daemon runs: occurrences of schedules are opened."""
    confirmed: str = ""
    """Digest of the deletions that a person said yes to."""
    takes_over: bool = False
    """A person said that what others made under our names becomes ours."""

    def met(self, ref: Ref) -> Observed | None:
        """What was there under the name of what we wanted to make, and none of our labels on it."""
        problem = self.problems.get(ref)
        return problem.met if problem is not None else None
