"""Reading a process's log, and following it while it grows and is rotated."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path


def last_lines(log: Path, count: int | None = None) -> list[str]:
    """The last `count` lines (all, if None) of `log.1` and `log` together; empty where there is no log yet."""
    raise NotImplementedError


def follow(log: Path, count: int | None, ended: Callable[[], bool]) -> AsyncIterator[str]:
    """The last `count` lines, then each new one, until `ended` says that no more will come and all was read."""
    raise NotImplementedError
