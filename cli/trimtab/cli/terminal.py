"""Where words go: data on standard output, talk on standard error, colour only where a person looks.

Light on purpose: it knows of no terminal library, so that the hook may use it.
"""

from __future__ import annotations

import os
import sys
from typing import TextIO

RED, RESET = "\033[1;31m", "\033[0m"


def wants_color(stream: TextIO) -> bool:
    """`NO_COLOR` and `FORCE_COLOR` as https://no-color.org and https://force-color.org have them."""
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def is_live() -> bool:
    """A person watches standard error, so a view may redraw itself."""
    return sys.stderr.isatty() and os.environ.get("TERM") != "dumb" and not os.environ.get("CI")


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def complain(message: str, next_step: str = "") -> None:
    label = f"{RED}error{RESET}" if wants_color(sys.stderr) else "error"
    say(f"{label}: {message}")
    if next_step:
        say(f"  next: {next_step}")
