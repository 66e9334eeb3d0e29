"""The two consoles: data on standard output, talk on standard error."""

from __future__ import annotations

import os
import sys
from typing import TextIO

from rich.console import Console, RenderableType

from trimtab.cli.terminal import wants_color

PLAIN_WIDTH = 160
"""Of a pipe or a file, which has no width of its own: lines are wrapped late, as programs read them too."""


def show(picture: RenderableType) -> None:
    """Print a picture as data."""
    console = _console(sys.stdout)
    if console.is_terminal:
        console.print(picture)
        return
    # What fills a line up to the edge of a terminal is no more than noise to a program.
    with console.capture() as capture:
        console.print(picture)
    sys.stdout.write("".join(f"{line.rstrip()}\n" for line in capture.get().splitlines()))


def err() -> Console:
    return _console(sys.stderr)


def _console(stream: TextIO) -> Console:
    return Console(
        file=stream,
        width=None if stream.isatty() or "COLUMNS" in os.environ else PLAIN_WIDTH,
        no_color=not wants_color(stream),
        force_terminal=True if wants_color(stream) else None,
        highlight=False,
        emoji=False,
        markup=False,
    )
