"""Runs as rows: what each run of the bundle has come to, or what it waits for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from trimtab.cli.views.marks import Mark
from trimtab.cli.views.numbers import elapsed
from trimtab.cli.views.standing import standing
from trimtab.compiler.bundle import Run, RunKind
from trimtab.reconciler.actions import Hold, HoldKind
from trimtab.reconciler.ledger import Phase, Record, Verdict
from trimtab.reconciler.world import RECIPE_KINDS, World
from trimtab.spec.positions import SpecPath

Locate = Callable[[SpecPath], str]
"""Where a place of the spec is written: `mlsystem.yaml:58`."""

MARKS: Mapping[Phase, Mark] = {
    Phase.PLANNED: Mark.WAITING,
    Phase.QUEUED: Mark.WAITING,
    Phase.RUNNING: Mark.BUSY,
    Phase.SUCCEEDED: Mark.GOOD,
    Phase.FAILED: Mark.BAD,
    Phase.CANCELLED: Mark.WAITING,
    Phase.LOST: Mark.WARN,
}


@dataclass(frozen=True, slots=True)
class RunRow:
    """One run. `note` is the one sentence to know about it, `place` the line of the spec that it concerns."""

    mark: Mark
    kind: str
    run: str
    title: str
    record: str = ""
    phase: str = ""
    seconds: float | None = None
    attempt: int = 0
    restarts: int = 0
    recalled: bool = False
    metrics: Mapping[str, float | None] = field(default_factory=dict)
    history: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    note: str = ""
    place: str = ""


def run_rows(world: World, holds: Iterable[Hold], locate: Locate) -> tuple[RunRow, ...]:
    """A row for each run that the spec asks for, in the order they depend on each other."""
    by_node: dict[str, Hold] = {}
    for hold in holds:
        by_node.setdefault(hold.node, hold)
    return tuple(_row(world, run, by_node.get(run.node), locate) for run in world.bundle.runs)


def _row(world: World, run: Run, hold: Hold | None, locate: Locate) -> RunRow:
    record = current_record(world, run)
    if record is None:
        return _unopened(world, run, hold, locate)
    return record_row(world, record, run.title, hold, locate)


def current_record(world: World, run: Run) -> Record | None:
    """The record that answers for `run` now. A judgement answers for its training's newest model alone."""
    records = world.of_recipe(run)
    if run.kind not in RECIPE_KINDS and run.model is not None:
        subject = world.newest(world.runs[run.model])
        records = [r for r in records if subject is not None and r.inputs.model == subject.key]
    return records[-1] if records else None


def _unopened(world: World, run: Run, hold: Hold | None, locate: Locate) -> RunRow:
    if run.schedule is not None and not world.state.scheduled:
        note = "opens on schedule, while a daemon runs"
    else:
        note = hold.reason if hold else "not opened yet"
    blocked = hold is not None and hold.kind is HoldKind.BLOCKED
    mark = Mark.BAD if blocked else Mark.WAITING
    return RunRow(
        mark, run.kind.value, run.name, run.title, note=note, place=locate(hold.at if hold else run.at)
    )


def record_row(world: World, record: Record, title: str, hold: Hold | None, locate: Locate) -> RunRow:
    verdicts = standing(record, world.runs.get(record.run))
    rejected = any(not v.accepted for v in verdicts)
    return RunRow(
        mark=_rejected_mark(record) if rejected else MARKS[record.phase],
        kind=record.kind.value,
        run=record.run,
        title=title,
        record=record.name,
        phase="Rejected" if rejected else record.phase.value,
        seconds=None if record.recalled else elapsed(record.started, record.ended, world.now.seconds),
        attempt=record.attempt,
        restarts=record.restarts,
        recalled=record.recalled,
        metrics=record.metrics,
        history=record.history,
        note=_note(record, verdicts, hold),
        place=locate(hold.at) if hold and hold.at else "",
    )


def _rejected_mark(record: Record) -> Mark:
    """Drift is watched, and holds nothing back."""
    return Mark.WARN if record.kind is RunKind.DRIFT else Mark.BAD


def _note(record: Record, verdicts: tuple[Verdict, ...], hold: Hold | None) -> str:
    """A hold says most; then a verdict; then what the record itself has to say."""
    if hold is not None:
        return hold.reason
    if verdicts:
        return "; ".join(f"accepted: {v.text}" if v.accepted else v.reason for v in verdicts)
    if record.problems:
        return record.problems[0]
    if record.recalled:
        return "known from the record beside its artifact"
    return record.reason
