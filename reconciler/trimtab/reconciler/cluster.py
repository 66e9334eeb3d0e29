"""The one door to live state: the `Cluster` protocol and the values that pass through it.

Two engines stand behind it: `kubernetes` (any conformant cluster) and `local` (this machine); one contract test
suite runs against both. Outcomes that a caller must handle are values (`Conflict`, `Rejected`, `Stale`, ...);
exceptions mean that the engine could not be reached or is broken. The reconciler never sees managedFields.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple, Protocol

from trimtab.compiler.bundle import FieldPath, Ref
from trimtab.reconciler.rights import Right

FIELD_MANAGER = "trimtab"
PART_OF = "applyset.kubernetes.io/part-of"
DESIRED = "trimtab.dev/desired"
"""Annotation: digest of the desired state that an object was applied from."""


MEMORY = "trimtab.dev/memory"
"""Label of ConfigMaps whose content is the reconciler's own."""


def told_content(ref: Ref, labels: Mapping[str, str], body: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """What is told of an object's content: all where it is the reconciler's own, else nothing, for digests and health say
    enough. The spec of an `MLSystem` is only a copy of what the reconciler has itself, and the largest thing there is."""
    if (ref.api_version, ref.kind) == ("trimtab.dev/v1", "MLSystem"):
        return {name: value for name, value in body.items() if name != "spec"}
    is_our_own = ref.api_version in {"trimtab.dev/v1", "coordination.k8s.io/v1"} or MEMORY in labels
    return body if is_our_own else None


class ClusterUnavailable(Exception):
    """The engine could not be reached, or broke off. The text is one sentence for people, with the next step."""


@dataclass(frozen=True, slots=True)
class Health:
    """Three facts that others conflate, and what a person needs to understand them.

    `reconciled`: its controller has accepted the current generation. `ready`: it runs as asked. `finished`: None
    while it has not ended, then whether it ended well. `words` are the last words of a Job's or Pod's containers,
    `address` is where a Pod or Service answers (`http://127.0.0.1:41873`), times are RFC 3339 in UTC.
    """

    reconciled: bool = True
    ready: bool = True
    finished: bool | None = None
    reason: str = ""
    message: str = ""
    words: str = ""
    exit_code: int | None = None
    restarts: int = 0
    active: int = 0
    replicas: int = 0
    ready_replicas: int = 0
    address: str = ""
    started: str = ""
    ended: str = ""


@dataclass(frozen=True, slots=True)
class Observed:
    """What a reconciler may know of one object.

    `own` digests our own fields as the engine returned them, list order included; empty when no field is ours by
    apply. `body` is what `told_content` says.
    """

    ref: Ref
    uid: str
    revision: str
    generation: int
    own: str
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    deleting: bool
    health: Health
    body: Mapping[str, Any] | None = field(default=None, compare=False)
    ours: bool = True
    """We have written it, by apply or by another operation: labels alone may have been copied."""


class Change(StrEnum):
    ADDED = "added"
    MODIFIED = "modified"
    DELETED = "deleted"
    SYNCED = "synced"
    """The list at the start of a watch is complete."""


class Event(NamedTuple):
    change: Change
    observed: Observed | None


@dataclass(frozen=True, slots=True)
class Conflict:
    """A field of the applied object belongs to another manager. Nothing was written."""

    manager: str
    paths: tuple[FieldPath, ...]


class Cause(NamedTuple):
    path: FieldPath
    message: str


@dataclass(frozen=True, slots=True)
class Rejected:
    """The engine refuses the object. Nothing was written."""

    message: str
    causes: tuple[Cause, ...] = ()


@dataclass(frozen=True, slots=True)
class AlreadyExists:
    """Nothing was written. Where it was looked up, `observed` is what is there, `manager` whoever else wrote it first."""

    ref: Ref
    observed: Observed | None = None
    manager: str = ""


@dataclass(frozen=True, slots=True)
class Stale:
    """The object has moved on since the expected uid or revision, or is gone. Nothing was written."""

    ref: Ref


@dataclass(frozen=True, slots=True)
class HeldBy:
    """Another writer holds the lease: who, since when (RFC 3339)."""

    holder: str
    since: str


class LogLine(NamedTuple):
    pod: str
    text: str


class Lacking(NamedTuple):
    """What of the rights that were asked for we do not have; `who` is whom the engine takes us for."""

    who: str
    rights: tuple[Right, ...]


class Happening(NamedTuple):
    """What Kubernetes calls an Event: something a controller says of an object."""

    ref: Ref
    reason: str
    message: str
    times: int
    last: str


class Lease(Protocol):
    """The right to write a system. `valid` is asked before every write."""

    def valid(self) -> bool: ...
    async def release(self) -> None: ...


class ClusterInfo(NamedTuple):
    """`uid` identifies the cluster (kube-system's UID); `unenforced` says what this engine records only."""

    uid: str
    engine: str
    kinds: tuple[tuple[str, str], ...]  # (apiVersion, kind) it serves
    unenforced: tuple[str, ...]


class Cluster(Protocol):
    """See the module's text. An empty `namespace` stands for all of them; cluster-scoped kinds, which are in none, are
    listed and watched whatever it is. A selector maps labels to values."""

    async def inspect(self) -> ClusterInfo: ...

    async def list(
        self, api_version: str, kind: str, namespace: str = "", selector: Mapping[str, str] | None = None
    ) -> Sequence[Observed]: ...

    def watch(
        self, kinds: Sequence[tuple[str, str]], namespace: str = "", selector: Mapping[str, str] | None = None
    ) -> AsyncIterator[Event]: ...

    async def create(self, body: Mapping[str, Any]) -> Observed | AlreadyExists | Rejected: ...

    async def apply(
        self, body: Mapping[str, Any], *, force: bool = False, dry_run: bool = False, uid: str = ""
    ) -> Observed | Conflict | Stale | Rejected:
        """With a `uid`, to that object alone: what has taken its name since is left as it is, and nothing is made."""
        ...

    async def apply_new(
        self, body: Mapping[str, Any], *, dry_run: bool = False
    ) -> Observed | AlreadyExists | Rejected:
        """Apply what is not there yet. What is there, whoever made it, is told of and left as it is."""
        ...

    async def replace(self, body: Mapping[str, Any], *, revision: str) -> Observed | Stale | Rejected: ...

    async def set_status(
        self, ref: Ref, status: Mapping[str, Any], *, revision: str
    ) -> Observed | Stale | Rejected: ...

    async def delete(self, ref: Ref, *, uid: str, revision: str | None = None) -> Stale | Rejected | None: ...

    def logs(self, ref: Ref, *, follow: bool = False, tail: int | None = None) -> AsyncIterator[LogLine]: ...

    async def events(self, namespace: str, ref: Ref | None = None) -> Sequence[Happening]: ...

    async def lacking(self, rights: Sequence[Right], namespace: str) -> Lacking: ...

    async def make_namespace(self, body: Mapping[str, Any]) -> Observed | AlreadyExists | None:
        """Before a Lease is asked for, which nobody can hold in a Namespace that is not there. None where it was refused,
        or can't be seen: the plan finds out why."""
        ...

    async def acquire(self, namespace: str, name: str, holder: str) -> Lease | HeldBy: ...

    async def holder(self, namespace: str, name: str) -> HeldBy | None:
        """By whom, now; None where `acquire` would get it. One question, for whoever waits."""
        ...

    async def close(self) -> None: ...
