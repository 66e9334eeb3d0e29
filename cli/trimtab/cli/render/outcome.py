"""What an apply came to, after its progress was seen: the verdict, where the models answer, what a person must do."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.text import Text

from trimtab.cli.render.parts import COLORS, NAME, QUIET, note, sign
from trimtab.cli.render.system import title
from trimtab.cli.views.marks import Mark
from trimtab.cli.views.system_view import SystemView


def outcome_picture(view: SystemView) -> RenderableType:
    return Group(*_parts(view))


def _parts(view: SystemView) -> Iterator[Text]:
    yield title(view)
    for endpoint in view.endpoints:
        if endpoint.model:
            text = Text.assemble("  ", (endpoint.name, NAME), " serves ", (endpoint.model, "green"))
            yield text.append(f" at {endpoint.address}" if endpoint.address else "")
        if endpoint.note:
            yield Text.assemble(
                "  ", sign(endpoint.mark), " ", note(endpoint.note, endpoint.place, COLORS[Mark.WARN])
            )
    for run in view.runs:
        if run.mark is Mark.BAD and run.place:
            yield Text.assemble("  ", sign(run.mark), " ", note(run.title, run.place, COLORS[Mark.BAD]))
    for row in view.held:
        yield Text.assemble("  ", (row.node, QUIET), " ", note(row.reason, row.place))
