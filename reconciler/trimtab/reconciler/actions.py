"""What a plan consists of: actions to carry out now, what holds the rest back, and what will follow.

Values only. Each carries its reason and the spec path it comes from, so that every renderer can name the line.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from trimtab.compiler.bundle import Ref
from trimtab.reconciler.applied import Applied
from trimtab.reconciler.ledger import Record
from trimtab.spec.positions import SpecPath


class Verb(StrEnum):
    CREATE = "create"
    UPDATE = "update"
    HEAL = "heal"
    REPLACE = "replace"
    DELETE = "delete"
    OPEN = "open"
    LOOK_UP = "look up"
    CLAIM = "claim"
    START = "start"
    RECORD = "record"
    JUDGE = "judge"
    SERVE = "serve"
    CLEAN = "clean up"
    REMEMBER = "remember"
    ADOPT = "adopt"


@dataclass(frozen=True, slots=True)
class Step:
    """One line for people: what is done to which node, and why."""

    node: str
    verb: Verb
    reason: str
    at: SpecPath


@dataclass(frozen=True, slots=True)
class ApplyObject:
    """`force` is for the pure heal alone: the same desired state was applied before. What `is_new` is made, and nothing
    that is there is touched; of what was there, `uid` names the object that is meant, and no successor is touched."""

    step: Step
    ref: Ref
    body: Mapping[str, Any]
    desired: str
    force: bool = False
    is_new: bool = False
    uid: str = ""


@dataclass(frozen=True, slots=True)
class AdoptObject:
    """Learn, by a dry run, how our own fields look where nobody has touched them. It writes nothing."""

    step: Step
    ref: Ref
    body: Mapping[str, Any]
    desired: str
    uid: str


@dataclass(frozen=True, slots=True)
class DeleteObject:
    step: Step
    ref: Ref
    uid: str
    revision: str | None

    @property
    def wish(self) -> str:
        """Name under which a refusal is remembered."""
        return f"{self.uid} is gone"


@dataclass(frozen=True, slots=True)
class OpenRecord:
    step: Step
    record: Record

    @property
    def wish(self) -> str:
        """Name under which a refusal is remembered."""
        return f"{self.record.name} is open"


@dataclass(frozen=True, slots=True)
class AdvanceRecord:
    """Write `record`'s status over the revision it was read at; another write in between makes it stale."""

    step: Step
    record: Record


@dataclass(frozen=True, slots=True)
class CreateObjects:
    """A run's workload, created once and never applied; in order, each allowed to exist already."""

    step: Step
    owner: str
    """The workload, or the record that is looked up."""
    bodies: tuple[Mapping[str, Any], ...]

    @property
    def wish(self) -> str:
        """Name under which a refusal is remembered."""
        return self.owner


@dataclass(frozen=True, slots=True)
class KeepBundle:
    """Keep what is about to be applied. Where it can't be kept, nothing of it is applied."""

    step: Step
    applied: Applied


@dataclass(frozen=True, slots=True)
class WriteSystem:
    """The `MLSystem`'s status: what serves, the baselines, the conditions."""

    step: Step
    status: Mapping[str, Any]


Action = (
    ApplyObject
    | AdoptObject
    | DeleteObject
    | OpenRecord
    | AdvanceRecord
    | CreateObjects
    | KeepBundle
    | WriteSystem
)


class HoldKind(StrEnum):
    WAITING = "waiting"  # something is under way that will end by itself
    BLOCKED = "blocked"  # nothing here will move it: a person, or a new commit, must
    NOTE = "note"  # worth knowing; holds nothing back


@dataclass(frozen=True, slots=True)
class Hold:
    """Why a node is not as the spec says. `at` is the line to look at; `after` names the node it waits for, if any."""

    node: str
    kind: HoldKind
    reason: str
    at: SpecPath
    after: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    actions: tuple[Action, ...]
    holds: tuple[Hold, ...]
    later: tuple[Step, ...]
    """What will follow once the actions are done and nothing goes wrong."""

    @property
    def is_settled(self) -> bool:
        """Nothing to do, nothing under way."""
        return not self.actions and not any(h.kind is HoldKind.WAITING for h in self.holds)

    @property
    def is_converged(self) -> bool:
        return not self.actions and all(h.kind is HoldKind.NOTE for h in self.holds)
