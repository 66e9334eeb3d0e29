"""`trimtab plan`: the steps of now, those that follow, and what holds the rest back."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.text import Text

from trimtab.cli.findings import plural
from trimtab.cli.render.parts import COLORS, NAME, QUIET, grid, heading, note, sign
from trimtab.cli.views.marks import Mark
from trimtab.cli.views.plan_rows import HoldRow, PlanView, StepRow, TrialRow

SIGN_STYLES = {"+": "green", "▶": "cyan", "~": "yellow", "→": "bold green", "-": "red", "±": "red"}
TRIAL_MARKS = {"replace": Mark.WARN, "not tried": Mark.WAITING}
"""Every other judgement is bad news."""
HOLD_MARKS = {"blocked": Mark.BAD, "waiting": Mark.WAITING, "note": Mark.WARN}


def plan_picture(view: PlanView, system: str, environment: str) -> RenderableType:
    return Group(*_parts(view, system, environment))


def _parts(view: PlanView, system: str, environment: str) -> Iterator[RenderableType]:
    yield Text.assemble((system, NAME), (f" on {environment}  ", QUIET), _summary(view))
    if view.now:
        yield heading("Now")
        yield steps_table(view.now)
    if view.later:
        yield heading("Then, if nothing goes wrong")
        yield steps_table(view.later)
    if view.holds:
        yield heading("Held back")
        yield holds_table(view.holds)
    if view.tried is not None:
        yield heading("The server says, by a dry run")
        yield trials_table(view.tried, view.trials)


def _summary(view: PlanView) -> Text:
    if view.is_empty:
        return Text("nothing to do", style=COLORS[Mark.GOOD])
    return Text(f"{len(view.now)} to do now, {len(view.later)} to follow", style=COLORS[Mark.WARN])


def steps_table(rows: tuple[StepRow, ...]) -> RenderableType:
    table = grid(None, None, None, 1)
    for row in rows:
        style = SIGN_STYLES.get(row.sign, QUIET)
        verb = Text(row.verb, style=style)
        table.add_row(Text(row.sign, style=style), verb, row.node, note(row.reason, row.place))
    return table


def holds_table(rows: tuple[HoldRow, ...]) -> RenderableType:
    table = grid(None, None, 1)
    for row in rows:
        table.add_row(sign(HOLD_MARKS[row.kind]), row.node, note(row.reason, row.place))
    return table


def trials_table(tried: int, rows: tuple[TrialRow, ...]) -> RenderableType:
    table = grid(None, None, None, 1)
    taken = tried - sum(row.objects for row in rows)
    if taken or not rows:
        table.add_row(sign(Mark.GOOD), plural(taken, "object"), "taken", Text())
    for row in rows:
        mark, node = TRIAL_MARKS.get(row.judgement, Mark.BAD), row.node or plural(row.objects, "object")
        table.add_row(sign(mark), node, row.judgement, note(row.reason, row.place))
    return table
