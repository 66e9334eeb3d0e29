"""`trimtab runs`: a line for each run, and one run whole with its metrics drawn."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from trimtab.cli.render.parts import COLORS, NAME, QUIET, grid, heading, note, sign
from trimtab.cli.views.ledger import RunView
from trimtab.cli.views.marks import Mark
from trimtab.cli.views.measures import measures
from trimtab.cli.views.numbers import duration, number
from trimtab.cli.views.plot import plot
from trimtab.cli.views.run_rows import RunRow
from trimtab.spec.render.terminal import inert


def runs_table(rows: Sequence[RunRow], *, by_record: bool = False) -> RenderableType:
    """In a ledger each record has its own name; of what the spec asks for now, the run's name says enough."""
    table = grid(None, None, None, None, 1)
    for row in rows:
        name = Text(row.record if by_record else row.run, style=NAME if row.record else QUIET)
        table.add_row(sign(row.mark), Text(row.kind, style=QUIET), name, took(row), told(row))
    return table


def took(row: RunRow) -> Text:
    text = "recalled" if row.recalled else duration(row.seconds) if row.seconds is not None else ""
    return Text(text, style=QUIET, justify="right")


def told(row: RunRow) -> Text:
    """Measures, then the sentence; while it runs, how far it is comes first. Only trouble needs its line named."""
    trouble = row.mark in (Mark.BAD, Mark.WARN)
    said = note(row.note, row.place if trouble else "", COLORS[row.mark] if trouble else QUIET)
    numbers = Text(inert("  ".join(measures(row.metrics, row.history))))
    if row.restarts:
        numbers.append(f"  {_times(row.restarts)}", style=COLORS[Mark.WARN])
    parts = (said, numbers) if row.mark is Mark.BUSY else (numbers, said)
    return Text("  ").join(part for part in parts if part)


def _times(restarts: int) -> str:
    return "restarted once" if restarts == 1 else f"restarted {restarts} times"


def run_picture(view: RunView) -> RenderableType:
    """One run: what it is, its numbers, what was judged, and each of its histories as a plot."""
    return Group(*_run_parts(view))


def _run_parts(view: RunView) -> Iterator[RenderableType]:
    row = view.row
    phase = (row.phase, COLORS[row.mark])
    yield Text.assemble(sign(row.mark), " ", (row.record, NAME), "  ", phase, "  ", row.title)
    yield Padding(_facts(view), (0, 0, 0, 2))
    if row.metrics:
        yield heading("Metrics")
        yield _numbers(row)
    if view.verdicts:
        yield heading("Judged")
        yield _verdicts(view)
    for problem in view.problems:
        yield Text.assemble(sign(Mark.WARN), " ", inert(problem))
    for name, points in row.history.items():
        if len(points) > 1:
            yield heading(inert(name))
            yield Text("\n".join(plot(points)))


def _facts(view: RunView) -> RenderableType:
    table = grid(None, 1)
    for name, value in view.facts:
        table.add_row(Text(name, style=QUIET), inert(value))
    return table


def _verdicts(view: RunView) -> RenderableType:
    table = grid(None, 1)
    for verdict in view.verdicts:
        table.add_row(sign(Mark.GOOD if verdict.accepted else Mark.BAD), inert(verdict.reason))
    return table


def _numbers(row: RunRow) -> RenderableType:
    table = grid(None, None)
    for name, value in row.metrics.items():
        table.add_row(inert(name), "NaN" if value is None else number(value))
    return table
