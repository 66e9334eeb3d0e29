"""`trimtab runs`: a line for each run, and one run whole with its metrics drawn."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from trimtab.cli.render.parts import COLORS, NAME, QUIET, grid, heading, note, sign
from trimtab.cli.views.marks import Mark
from trimtab.cli.views.measures import measures
from trimtab.cli.views.numbers import duration, number
from trimtab.cli.views.plot import plot
from trimtab.cli.views.run_rows import RunRow


def runs_table(rows: Sequence[RunRow]) -> RenderableType:
    table = grid(None, None, None, None, 1)
    for row in rows:
        name = Text(row.record or row.run, style=NAME)
        table.add_row(sign(row.mark), Text(row.kind, style=QUIET), name, took(row), told(row))
    return table


def took(row: RunRow) -> Text:
    text = "recalled" if row.recalled else duration(row.seconds) if row.seconds is not None else ""
    return Text(text, style=QUIET, justify="right")


def told(row: RunRow) -> Text:
    """Measures first, then the sentence, each part on its own line only where the terminal is narrow."""
    text = Text("  ".join(measures(row.metrics, row.history)))
    if row.restarts:
        text.append(f"  {_times(row.restarts)}", style=COLORS[Mark.WARN])
    if row.note:
        style = COLORS[row.mark] if row.mark in (Mark.BAD, Mark.WARN) else QUIET
        text.append("  " if text else "").append_text(note(row.note, row.place, style))
    return text


def _times(restarts: int) -> str:
    return "restarted once" if restarts == 1 else f"restarted {restarts} times"


def run_picture(row: RunRow, facts: Sequence[tuple[str, str]]) -> RenderableType:
    """One run: what it is, its numbers, and each of its histories as a plot."""
    return Group(*_run_parts(row, facts))


def _run_parts(row: RunRow, facts: Sequence[tuple[str, str]]) -> Iterator[RenderableType]:
    yield Text.assemble(
        sign(row.mark), " ", (row.record, NAME), "  ", (row.phase, COLORS[row.mark]), "  ", row.title
    )
    table = grid(None, 1)
    for name, value in facts:
        table.add_row(Text(name, style=QUIET), value)
    yield Padding(table, (0, 0, 0, 2))
    if row.note:
        yield Padding(note(row.note, row.place, COLORS[row.mark]), (0, 0, 0, 2))
    if row.metrics:
        yield heading("Metrics")
        yield _numbers(row)
    for name, points in row.history.items():
        if len(points) > 1:
            yield heading(name)
            yield Text("\n".join(plot(points)))


def _numbers(row: RunRow) -> RenderableType:
    table = grid(None, None)
    for name, value in row.metrics.items():
        table.add_row(name, "NaN" if value is None else number(value))
    return table
