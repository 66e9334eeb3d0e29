"""The two consoles: data on standard output, talk on standard error."""

from __future__ import annotations

import sys
from typing import TextIO

from rich.console import Console

from trimtab.cli.terminal import wants_color

PLAIN_WIDTH = 160
"""Of a pipe or a file, which has no width of its own: lines are wrapped late, as programs read them too."""


def out() -> Console:
    return console(sys.stdout)


def err() -> Console:
    return console(sys.stderr)


def console(stream: TextIO) -> Console:
    return Console(
        file=stream,
        width=None if stream.isatty() else PLAIN_WIDTH,
        no_color=not wants_color(stream),
        force_terminal=True if wants_color(stream) else None,
        highlight=False,
        emoji=False,
        markup=False,
    )
