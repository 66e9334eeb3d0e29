"""Progress of an apply as a picture that moves, for a person who watches. It listens to the loop, and steers nothing."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Group, RenderableType
from rich.live import Live
from rich.spinner import Spinner
from rich.text import Text

from trimtab.cli.live import Curves
from trimtab.cli.render.consoles import err
from trimtab.cli.render.parts import COLORS, NAME, QUIET, grid, note, sign
from trimtab.cli.render.runs import told, took
from trimtab.cli.systems import Target
from trimtab.cli.views.endpoint_rows import EndpointRow
from trimtab.cli.views.marks import Mark
from trimtab.cli.views.numbers import duration
from trimtab.cli.views.progress import Progress, progress
from trimtab.cli.views.run_rows import RunRow
from trimtab.reconciler.actions import Action, Plan
from trimtab.reconciler.state import State

FRAMES_A_SECOND = 8


@contextmanager
def moving(target: Target, curves: Curves) -> Iterator[Moving]:
    """On standard error, for as long as the context lasts; the last frame stays."""
    picture = Moving(target, curves)
    with Live(get_renderable=picture.draw, console=err(), refresh_per_second=FRAMES_A_SECOND):
        yield picture
        picture.end()


class Moving:
    """A picture, drawn anew several times a second from the last plan; only its clock moves by itself."""

    def __init__(self, target: Target, curves: Curves) -> None:
        self._target, self._curves = target, curves
        self._latest: tuple[Plan, State] | None = None
        self._started = time.monotonic()
        self._spinner: Spinner | None = Spinner("dots", style=COLORS[Mark.BUSY])

    def planned(self, plan: Plan, state: State) -> None:
        self._latest = (plan, state)
        self._curves.follow(state)

    def acted(self, action: Action) -> None:
        """The next plan shows what came of it."""

    def end(self) -> None:
        """The last frame stays on the screen: nothing in it may look as if it still moved."""
        self._spinner = None

    def draw(self) -> RenderableType:
        if self._latest is None:
            return Text("opening the engine ...", style=QUIET)
        plan, state = self._latest
        now = progress(self._target.world(state), plan, self._target.locate, self._curves.of)
        return progress_picture(now, time.monotonic() - self._started, self._spinner)


def progress_picture(view: Progress, seconds: float, spinner: Spinner | None = None) -> RenderableType:
    title = Text.assemble((view.system, NAME), (f" on {view.environment}  {duration(seconds)}", QUIET))
    table = grid(None, None, None, None, 1)
    ready = f"{view.objects_ready} of {view.objects} ready"
    table.add_row(_sign(view.objects_mark, spinner), Text("objects", style=QUIET), Text(ready), "", "")
    for run in view.runs:
        table.add_row(
            _sign(run.mark, spinner), Text(run.kind, style=QUIET), _run_name(run), took(run), told(run)
        )
    for endpoint in view.endpoints:
        kind, name = Text("endpoint", style=QUIET), Text(endpoint.name, style=NAME)
        table.add_row(_sign(endpoint.mark, spinner), kind, name, "", _endpoint_told(endpoint))
    return Group(title, table)


def _sign(mark: Mark, spinner: Spinner | None) -> RenderableType:
    return spinner if spinner is not None and mark is Mark.BUSY else sign(mark)


def _run_name(row: RunRow) -> Text:
    return Text(row.run, style=NAME if row.mark is not Mark.WAITING else QUIET)


def _endpoint_told(row: EndpointRow) -> Text:
    if not row.model:
        return note(row.note, row.place if row.mark is Mark.BAD else "")
    text = Text.assemble("serves ", (row.model, "green"))
    text.append(f"  {row.ready} of {row.replicas} replicas ready", style=QUIET)
    if row.note and row.ready < row.replicas:
        return text.append("  ").append_text(note(row.note, ""))
    return text.append(f"  {row.address}" if row.address else "")
