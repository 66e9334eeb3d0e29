"""The parts that every picture is made of: a mark in its colour, a heading, a grid, a note with its line."""

from __future__ import annotations

from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from trimtab.cli.views.marks import Mark
from trimtab.spec.render.terminal import inert

COLORS = {
    Mark.GOOD: "green",
    Mark.LIVE: "bold green",
    Mark.BUSY: "cyan",
    Mark.WAITING: "bright_black",
    Mark.WARN: "yellow",
    Mark.BAD: "bold red",
}
QUIET = "bright_black"
NAME = "bold"


def sign(mark: Mark) -> Text:
    return Text(mark.value, style=COLORS[mark])


def heading(title: str) -> Padding:
    return Padding(Text(title, style="bold underline"), (1, 0, 0, 0))


def grid(*ratios: int | None) -> Table:
    """Columns without lines. One with a ratio takes what is left, and folds; the others keep to their content."""
    table = Table.grid(padding=(0, 2), expand=any(ratios))
    for ratio in ratios:
        table.add_column(ratio=ratio, no_wrap=ratio is None, overflow="fold")
    return table


def note(text: str, place: str, style: str = QUIET) -> Text:
    """A sentence, and the line of the spec it speaks of. Containers write some of these: none may move a cursor."""
    said = Text(inert(text), style=style)
    if place:
        said.append(f"  {place}" if text else place, style=f"{QUIET} italic")
    return said
