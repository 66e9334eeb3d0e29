"""Reading a process's log, and following it while it grows and is rotated."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

POLL_SECONDS = 0.1
"""How often a followed log is looked at: a person watches, and nothing else waits for it."""


def last_lines(log: Path, count: int | None = None) -> list[str]:
    """The last `count` lines (all, if None) of `log.1` and `log` together; empty where there is no log yet."""
    lines = [line for file in (_rotated(log), log) for line in _read(file).splitlines()]
    return lines if count is None else lines[max(len(lines) - count, 0) :]


async def follow(log: Path, count: int | None, ended: Callable[[], bool]) -> AsyncIterator[str]:
    """The last `count` lines, then each new one, until `ended` says that no more will come and all was read."""
    for line in last_lines(log, count):
        yield line
    position, file = (log.stat().st_size, _identity(log)) if log.exists() else (0, None)
    while True:
        last = ended()
        if _identity(log) != file:
            for line in _read(_rotated(log), position).splitlines() if file else ():
                yield line
            position, file = 0, _identity(log)
        text = _read(log, position)
        whole = text if last else text[: text.rfind("\n") + 1]
        position += len(whole.encode(errors="surrogateescape"))
        for line in whole.splitlines():
            yield line
        if last:
            return
        await asyncio.sleep(POLL_SECONDS)


def _rotated(log: Path) -> Path:
    return log.with_name(f"{log.name}.1")


def _identity(log: Path) -> int | None:
    return log.stat().st_ino if log.exists() else None


def _read(file: Path, position: int = 0) -> str:
    try:
        with file.open("rb") as stream:
            stream.seek(position)
            return stream.read().decode(errors="surrogateescape")
    except FileNotFoundError:
        return ""
