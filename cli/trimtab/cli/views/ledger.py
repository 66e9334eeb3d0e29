"""The ledger as rows, and one record whole."""

from __future__ import annotations

from dataclasses import dataclass

from trimtab.cli.complaint import Complaint
from trimtab.cli.views.numbers import ago, duration
from trimtab.cli.views.run_rows import Locate, RunRow, record_row
from trimtab.reconciler.ledger import Record, Verdict
from trimtab.reconciler.world import World


@dataclass(frozen=True, slots=True)
class RunView:
    """One run. `facts` are what there is to know of it beside its numbers, each with its name."""

    row: RunRow
    facts: tuple[tuple[str, str], ...]
    verdicts: tuple[Verdict, ...]
    problems: tuple[str, ...]


def ledger_rows(world: World, locate: Locate) -> tuple[RunRow, ...]:
    records = sorted(world.state.records.values(), key=lambda r: (r.opened, r.started, r.name), reverse=True)
    return tuple(_row(world, record, locate) for record in records)


def find_record(world: World, name: str) -> Record:
    """By the record's own name, or the newest record of a run."""
    records = world.state.records
    if name in records:
        return records[name]
    of_run = sorted((r for r in records.values() if r.run == name), key=lambda r: (r.opened, r.started))
    if of_run:
        return of_run[-1]
    known = ", ".join(sorted({r.run for r in records.values()})) or "none yet"
    raise Complaint(f"the ledger has no run {name}; it has {known}", "trimtab runs")


def run_view(world: World, record: Record, locate: Locate) -> RunView:
    row = _row(world, record, locate)
    return RunView(
        row,
        tuple((name, value) for name, value in _facts(world, record, row) if value),
        record.verdicts,
        record.problems,
    )


def _row(world: World, record: Record, locate: Locate) -> RunRow:
    run = world.runs.get(record.run)
    current = run is not None and run.recipe_digest == record.recipe_digest
    title = run.title if run else f"{record.kind.value} {record.run}"
    return record_row(world, record, title if current else f"{title}, of an earlier spec", None, locate)


def _facts(world: World, record: Record, row: RunRow) -> list[tuple[str, str]]:
    serving = world.state.system.serving if world.state.system else {}
    endpoints = [name for name, served in serving.items() if served.key == record.key]
    took = duration(row.seconds) if row.seconds is not None else ""
    return [
        ("serves", ", ".join(endpoints)),
        ("key", record.key),
        ("opened", f"{record.opened} ({ago(record.opened, world.now.seconds)})" if record.opened else ""),
        ("commit", record.commit),
        ("took", took),
        ("attempt", f"{record.attempt} of {record.retries + 1}" if record.attempt else ""),
        ("restarts", str(record.restarts) if record.restarts else ""),
        ("reads", ", ".join(f"{name}@{_short(version)}" for name, version in record.inputs.datasets.items())),
        ("model", record.inputs.model),
        ("artifact", record.artifact),
        ("wrote", ", ".join(f"{name}@{_short(version)}" for name, version in record.outputs.items())),
        ("lies in", record.directory),
    ]


def _short(version: str) -> str:
    return version.removeprefix("sha256:")[:12]
