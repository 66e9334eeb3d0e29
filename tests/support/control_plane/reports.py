"""What the builders tell a person, and the one failure that is no bug: something can't be built on this machine."""

from __future__ import annotations

import sys


class CannotBuild(Exception):
    """The reason, in one sentence: tests that need the program are skipped with it."""


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
