"""`trimtab status`: what serves and why, what ran, what holds it back."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from trimtab.cli.render.parts import COLORS, NAME, QUIET, grid, heading, note, sign
from trimtab.cli.render.runs import runs_table
from trimtab.cli.views.endpoint_rows import EndpointRow
from trimtab.cli.views.marks import Mark
from trimtab.cli.views.numbers import ago
from trimtab.cli.views.plan_rows import HoldRow, StepRow
from trimtab.cli.views.system_view import SystemView


def system_picture(view: SystemView, now: float, notes: tuple[str, ...] = ()) -> RenderableType:
    return Group(*_parts(view, now, notes))


def _parts(view: SystemView, now: float, notes: tuple[str, ...]) -> Iterator[RenderableType]:
    yield title(view)
    if view.endpoints:
        yield heading("Serving")
        yield from (_endpoint(row, now) for row in view.endpoints)
    if view.runs:
        yield heading("Runs")
        yield runs_table(view.runs)
    if view.held:
        yield heading("Held back")
        yield _held(view.held)
    if view.changes:
        yield heading("Not applied yet")
        yield steps_table(view.changes)
    if notes:
        yield Padding(Text("\n".join(notes), style=QUIET), (1, 0, 0, 0))


def title(view: SystemView) -> Text:
    commit = f" at {view.commit[:10]}" if view.commit else ""
    text = Text.assemble(
        (view.system, NAME), (f" on {view.environment}{commit}  ", QUIET), sign(view.mark), " "
    )
    return text.append(view.verdict, style=COLORS[view.mark])


def _endpoint(row: EndpointRow, now: float) -> RenderableType:
    head = Text.assemble(sign(row.mark), " ", (row.name, NAME), "  ", row.address or "no address yet")
    head.append(f"  {row.ready} of {row.replicas} replicas ready", style=QUIET)
    lines: list[Text] = [head]
    if row.model:
        serves = Text.assemble("  serves ", (row.model, "green"), (f" since {ago(row.since, now)}", QUIET))
        lines += [serves, Text(f"  because {row.why}")]
    if row.note:
        style = COLORS[row.mark] if row.mark in (Mark.BAD, Mark.WARN) else QUIET
        lines.append(Text("  ").append_text(note(row.note, row.place, style)))
    return Group(*lines)


def _held(rows: tuple[HoldRow, ...]) -> RenderableType:
    table = grid(None, None, 1)
    for row in rows:
        mark = {"blocked": Mark.BAD, "waiting": Mark.WAITING}.get(row.kind, Mark.WARN)
        table.add_row(sign(mark), row.node, note(row.reason, row.place))
    return table


def steps_table(rows: tuple[StepRow, ...]) -> RenderableType:
    styles = {"+": "green", "▶": "cyan", "~": "yellow", "→": "bold green", "-": "red"}
    table = grid(None, None, None, 1)
    for row in rows:
        style = styles.get(row.sign, QUIET)
        table.add_row(
            Text(row.sign, style=style), Text(row.verb, style=style), row.node, note(row.reason, row.place)
        )
    return table
