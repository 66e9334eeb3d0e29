"""How far an apply has come: its objects, each run, each endpoint; and what is new since a moment ago."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from trimtab.cli.views.curve import Curve
from trimtab.cli.views.endpoint_rows import EndpointRow, endpoint_rows
from trimtab.cli.views.marks import Mark
from trimtab.cli.views.measures import measures
from trimtab.cli.views.numbers import duration
from trimtab.cli.views.run_rows import Locate, RunRow, run_rows
from trimtab.reconciler.actions import HoldKind, Plan
from trimtab.reconciler.world import World
from trimtab.spec.render.terminal import inert


@dataclass(frozen=True, slots=True)
class Progress:
    system: str
    environment: str
    objects: int
    objects_ready: int
    runs: tuple[RunRow, ...]
    endpoints: tuple[EndpointRow, ...]

    @property
    def objects_mark(self) -> Mark:
        return Mark.GOOD if self.objects_ready == self.objects else Mark.BUSY


CurveOf = Callable[[str], Curve | None]
"""The curve of a record that has not ended, where one is known."""


def progress(world: World, plan: Plan, locate: Locate, curve_of: CurveOf = lambda _: None) -> Progress:
    refs = [manifest.ref for manifest in world.bundle.manifests]
    live = [world.state.objects[ref] for ref in refs if ref in world.state.objects]
    return Progress(
        world.bundle.system,
        world.bundle.environment,
        len(refs),
        sum(o.health.ready for o in live),
        tuple(_with_curve(row, curve_of(row.record)) for row in run_rows(world, plan.holds, locate)),
        endpoint_rows(world, plan.holds, locate),
    )


def _with_curve(row: RunRow, curve: Curve | None) -> RunRow:
    if curve is None or row.history:
        return row
    note = curve.stage if row.mark is Mark.BUSY and curve.stage else row.note
    return replace(row, history=curve.history, note=note)


def news(before: Progress | None, after: Progress) -> Iterator[str]:
    """One line for each run and endpoint in another state than before: what a log or a pipe is told.

    At the beginning only what is under way is news.
    """
    if before is None:
        yield from (_run_line(run) for run in after.runs if run.mark is Mark.BUSY)
        return
    known = {row.record: row for row in before.runs if row.record}
    for run in after.runs:
        earlier = known.get(run.record)
        if run.phase and (earlier is None or _standing(earlier) != _standing(run)):
            yield from _later_line(earlier, run) if earlier and _has_ended(earlier) else [_run_line(run)]
    served = {_serving(row) for row in before.endpoints}
    yield from (_endpoint_line(e) for e in after.endpoints if e.model and _serving(e) not in served)


def waits(plan: Plan) -> str:
    """What nothing but time can help, in a line; empty where there is something to do."""
    held = [hold for hold in plan.holds if hold.kind is HoldKind.WAITING and not hold.after]
    if plan.actions or not held:
        return ""
    more = f" (and {len(held) - 1} more)" if len(held) > 1 else ""
    return inert(f"{Mark.BUSY.value} waiting for {held[0].node}: {held[0].reason}{more}")


def _standing(row: RunRow) -> tuple[str, str]:
    """What is said of a run that has ended is news as well: its verdict comes later than its end."""
    return row.phase, row.note if _has_ended(row) else ""


def _has_ended(row: RunRow) -> bool:
    return row.mark in (Mark.GOOD, Mark.BAD)


def _later_line(earlier: RunRow, now: RunRow) -> Iterator[str]:
    """Of a run whose end was told: what came after it, and nothing twice."""
    told = [*([now.phase.lower()] if now.phase != earlier.phase else []), *([now.note] if now.note else [])]
    if told:
        yield _line(now, told)


def _serving(row: EndpointRow) -> tuple[str, str, bool]:
    return row.name, row.model, row.mark is Mark.BUSY


def _run_line(row: RunRow) -> str:
    told = [
        row.phase.lower(),
        *([duration(row.seconds)] if row.seconds and row.mark is not Mark.BUSY else []),
    ]
    told += measures(row.metrics, row.history)
    told += [row.note] if row.note and row.mark is not Mark.BUSY else []
    return _line(row, told)


def _line(row: RunRow, told: list[str]) -> str:
    return inert(f"{row.mark.value} {row.kind} {row.record}: {', '.join(told)}")


def _endpoint_line(row: EndpointRow) -> str:
    at = f" at {row.address}" if row.address else ""
    ready = f"{row.ready} of {row.replicas} replicas ready"
    return f"{row.mark.value} endpoint {row.name}: serves {row.model}{at}, {ready}"
