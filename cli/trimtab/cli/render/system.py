"""`trimtab status`: what serves and why, what ran, what holds it back."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from trimtab.cli.render.parts import COLORS, NAME, QUIET, heading, note, sign
from trimtab.cli.render.plan import holds_table, steps_table
from trimtab.cli.render.runs import runs_table
from trimtab.cli.views.endpoint_rows import EndpointRow
from trimtab.cli.views.marks import Mark
from trimtab.cli.views.numbers import duration, seconds_of
from trimtab.cli.views.system_view import SystemView


def system_picture(view: SystemView, now: float) -> RenderableType:
    return Group(*_parts(view, now))


def _parts(view: SystemView, now: float) -> Iterator[RenderableType]:
    yield title(view)
    if view.endpoints:
        yield heading("Serving")
        yield from (_endpoint(row, now) for row in view.endpoints)
    if view.runs:
        yield heading("Runs")
        yield runs_table(view.runs)
    if view.held:
        yield heading("Held back")
        yield holds_table(view.held)
    if view.changes:
        yield heading("Not applied yet")
        yield steps_table(view.changes)
    if view.unenforced:
        names = ", ".join(entry.partition(":")[0] for entry in view.unenforced)
        yield Padding(Text(f"Recorded on this machine, not enforced: {names}.", style=QUIET), (1, 0, 0, 0))


def title(view: SystemView) -> Text:
    commit = f" at {_short(view.commit)}" if view.commit else ""
    text = Text.assemble(
        (view.system, NAME), (f" on {view.environment}{commit}  ", QUIET), sign(view.mark), " "
    )
    return text.append(view.verdict, style=COLORS[view.mark])


def _endpoint(row: EndpointRow, now: float) -> RenderableType:
    head = Text.assemble(sign(row.mark), " ", (row.name, NAME))
    if row.model:
        head.append(f"  {row.address}")
        head.append(f"  {row.ready} of {row.replicas} replicas ready", style=QUIET)
    lines: list[Text] = [head]
    if row.model:
        serves = Text.assemble(
            "  serves ", (row.model, "green"), (f" for {duration(now - seconds_of(row.since))}", QUIET)
        )
        lines += [serves, Text(f"  because {row.why}")]
    if row.note:
        style = COLORS[row.mark] if row.mark in (Mark.BAD, Mark.WARN) else QUIET
        lines.append(Text("  ").append_text(note(row.note, row.place, style)))
    return Group(*lines)


def _short(commit: str) -> str:
    """A folder that differs from its commit is said to."""
    return f"{commit[:10]}, changed" if commit.endswith("-dirty") else commit[:10]
