"""The few states that everything shown is in, a sign for each: colour never carries the meaning alone."""

from __future__ import annotations

from enum import Enum


class Mark(Enum):
    """Value: the sign a person sees."""

    GOOD = "✓"
    LIVE = "●"  # it runs, and is meant to go on
    BUSY = "◐"  # it runs, and will end
    WAITING = "○"
    WARN = "!"
    BAD = "✗"

    @property
    def word(self) -> str:
        return self.name.lower()
