"""The ledger: one record per run key, as a value and as the `Run` object that keeps it.

A record claims its key, says what became of it, and is never deleted. What a phase may become is fixed here; who
writes it, and when, is not this module's business.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from trimtab.compiler.bundle import Ref, RunKind, SlotKind
from trimtab.reconciler import summary

API_VERSION = "trimtab.dev/v1"
SYSTEM_LABEL = "trimtab.dev/system"
RUN_LABEL = "trimtab.dev/run"
KEY_ANNOTATION = "trimtab.dev/run-key"


class Phase(StrEnum):
    PLANNED = "Planned"
    QUEUED = "Queued"  # its attempt is claimed; the workload may or may not exist yet
    RUNNING = "Running"
    SUCCEEDED = "Succeeded"
    FAILED = "Failed"
    CANCELLED = "Cancelled"
    LOST = "Lost"  # the workload vanished; the record beside the artifact has the last word


ENDED = frozenset({Phase.SUCCEEDED, Phase.FAILED, Phase.CANCELLED})
RANK = {
    phase: rank
    for rank, phases in enumerate([{Phase.PLANNED}, {Phase.QUEUED}, {Phase.RUNNING}, {Phase.LOST}, ENDED])
    for phase in phases
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """Accepted or rejected: appended once per rule digest, with the number that decided it."""

    rule: str  # digest
    text: str
    accepted: bool
    reason: str
    at: str  # RFC 3339


@dataclass(frozen=True, slots=True)
class Inputs:
    """What a run read, frozen when it opened. Directories tell where; only versions and keys enter the run key."""

    datasets: Mapping[str, str] = field(default_factory=dict)  # name -> version
    directories: Mapping[str, str] = field(default_factory=dict)  # name -> directory below its store's root
    model: str = ""  # key of the run whose model is read
    model_directory: str = ""
    model_digest: str = ""
    occurrence: str = ""

    def identity(self) -> dict[str, Any]:
        """The part that can change a result, as it enters the run key."""
        parts = {"datasets": dict(self.datasets), "model": self.model, "occurrence": self.occurrence}
        return {name: value for name, value in parts.items() if value}


@dataclass(frozen=True, slots=True)
class Record:
    """One run. `uid` and `revision` are those of the object it was read from; empty before it is written."""

    name: str
    run: str
    kind: RunKind
    key: str
    recipe_digest: str
    recipe: Mapping[str, Any]
    inputs: Inputs
    retries: int = 0
    opened: str = ""
    commit: str = ""
    phase: Phase = Phase.PLANNED
    attempt: int = 0
    restarts: int = 0
    recalled: bool = False
    """Its end was read from the record beside the artifact: nothing was computed for it here."""
    artifact: str = ""
    outputs: Mapping[str, str] = field(default_factory=dict)  # dataset -> digest, its version
    metrics: Mapping[str, float | None] = field(default_factory=dict)
    history: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    problems: tuple[str, ...] = ()
    verdicts: tuple[Verdict, ...] = ()
    started: str = ""
    ended: str = ""
    reason: str = ""
    uid: str = ""
    revision: str = ""

    @property
    def segment(self) -> str:
        return self.key.removeprefix("v1:")[:24]

    @property
    def directory(self) -> str:
        return f"runs/{self.run}/{self.segment}"

    @property
    def workload(self) -> str:
        return f"{self.name}-{max(self.attempt, 1)}"

    @property
    def ended_well(self) -> bool:
        return self.phase is Phase.SUCCEEDED

    @property
    def is_over(self) -> bool:
        return self.phase in ENDED

    def may_become(self, phase: Phase, attempt: int) -> bool:
        """(attempt, phase) only advances."""
        return (attempt, RANK[phase]) > (self.attempt, RANK[self.phase])

    def verdict_on(self, rule_digest: str) -> Verdict | None:
        return next((v for v in self.verdicts if v.rule == rule_digest), None)

    def slot_values(self) -> dict[SlotKind, str]:
        return {
            SlotKind.RUN_NAME: self.name,
            SlotKind.RUN_KEY: self.key,
            SlotKind.RUN_DIRECTORY: self.directory,
            SlotKind.WORKLOAD: self.workload,
            SlotKind.KEY_SEGMENT: self.segment,
        }


def record_name(run: str, key: str) -> str:
    return f"{run}-{key.removeprefix('v1:')[:10]}"


def ref_of(record: Record, namespace: str) -> Ref:
    return Ref(API_VERSION, "Run", namespace, record.name)


def to_body(record: Record, system: str, namespace: str) -> dict[str, Any]:
    """The `Run` object without its status. No membership label and no owner: it is never pruned."""
    return {
        "apiVersion": API_VERSION,
        "kind": "Run",
        "metadata": {
            "name": record.name,
            "namespace": namespace,
            "labels": {SYSTEM_LABEL: system, RUN_LABEL: record.run},
        },
        "spec": {
            "system": system,
            "run": record.run,
            "kind": record.kind.value,
            "key": record.key,
            "recipeDigest": record.recipe_digest,
            "recipe": record.recipe,
            "inputs": {
                "datasets": dict(record.inputs.datasets),
                "directories": dict(record.inputs.directories),
                "model": record.inputs.model,
                "modelDirectory": record.inputs.model_directory,
                "modelDigest": record.inputs.model_digest,
                "occurrence": record.inputs.occurrence,
            },
            "retries": record.retries,
            "opened": record.opened,
            "commit": record.commit,
        },
    }


def to_status(record: Record) -> dict[str, Any]:
    return {
        "phase": record.phase.value,
        "attempt": record.attempt,
        "restarts": record.restarts,
        "recalled": record.recalled,
        "artifact": record.artifact,
        "outputs": dict(record.outputs),
        "metrics": dict(record.metrics),
        "history": {name: list(points) for name, points in record.history.items()},
        "problems": list(record.problems),
        "verdicts": [
            {"rule": v.rule, "text": v.text, "accepted": v.accepted, "reason": v.reason, "at": v.at}
            for v in record.verdicts
        ],
        "started": record.started,
        "ended": record.ended,
        "reason": record.reason,
        "summary": {"metrics": summary.metrics(record.metrics), "verdict": summary.verdict(record.verdicts)},
    }


def from_body(body: Mapping[str, Any], uid: str, revision: str) -> Record:
    """The inverse of `to_body` and `to_status`; a record without a status is a bare claim."""
    spec, status, inputs = body["spec"], body.get("status") or {}, body["spec"]["inputs"]
    claim = Record(
        name=body["metadata"]["name"],
        run=spec["run"],
        kind=RunKind(spec["kind"]),
        key=spec["key"],
        recipe_digest=spec["recipeDigest"],
        recipe=spec["recipe"],
        inputs=Inputs(
            datasets=inputs["datasets"],
            directories=inputs["directories"],
            model=inputs["model"],
            model_directory=inputs["modelDirectory"],
            model_digest=inputs["modelDigest"],
            occurrence=inputs["occurrence"],
        ),
        retries=spec["retries"],
        opened=spec["opened"],
        commit=spec["commit"],
        uid=uid,
        revision=revision,
    )
    return replace(claim, **_status_fields(status)) if status else claim


def _status_fields(status: Mapping[str, Any]) -> dict[str, Any]:
    """Phase and attempt are always there; whoever else wrote the status may have left out the rest."""
    given = {name: status[name] for name in _AS_THEY_ARE if name in status}
    return {
        **given,
        "phase": Phase(status["phase"]),
        "attempt": status["attempt"],
        "history": {name: tuple(points) for name, points in status.get("history", {}).items()},
        "problems": tuple(status.get("problems", ())),
        "verdicts": tuple(Verdict(**verdict) for verdict in status.get("verdicts", ())),
    }


_AS_THEY_ARE = ("restarts", "recalled", "artifact", "outputs", "metrics", "started", "ended", "reason")
