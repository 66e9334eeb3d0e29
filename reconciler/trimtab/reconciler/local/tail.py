"""Reading a process's log, and following it while it grows and is turned over: `log` becomes `log.1`, a new `log` begins.

A line ends with a newline and with nothing else; bytes that are no text are shown as such, never an error.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import BinaryIO

LOOK_AGAIN = 0.1
"""Seconds between looks at a followed log: a person watches, and nobody else waits for it."""

BLOCK = 65536
LONGEST = 65536
"""Bytes after which what is no whole line yet is told nonetheless."""


def last_lines(log: Path, count: int | None = None) -> list[str]:
    """The last `count` lines (all, if None) of `log.1` and `log` together; empty where there is no log yet.

    Reads no more of a long log than it needs.
    """
    with _Log(log) as reader:
        lines = [*reader.last(count), *reader.rest()]
    return lines if count is None else lines[max(len(lines) - count, 0) :]


async def follow(log: Path, count: int | None, ended: Callable[[], bool]) -> AsyncIterator[str]:
    """The last `count` lines, then each new one, until `ended` says that no more will come and all was read."""
    with _Log(log) as reader:
        for line in reader.last(count):
            yield line
        while True:
            over = ended()  # asked first: what was written before the end is read after it
            for line in reader.new():
                yield line
            if over:
                for line in reader.rest():
                    yield line
                return
            await asyncio.sleep(LOOK_AGAIN)


class _Log:
    """The present file is held open, so that its rest can be read when another one has taken its name."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = _opened(path)
        self._rest = b""

    def __enter__(self) -> _Log:
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self._file.close()

    def last(self, count: int | None) -> list[str]:
        """Whole lines, up to the present end of the file."""
        lines, self._rest = ([], b"") if self._file is None else _last(self._file, count)
        if count is None or len(lines) < count:
            lines = [*self._earlier(None if count is None else count - len(lines)), *lines]
        return [_text(line) for line in lines]

    def new(self) -> list[str]:
        """Whole lines that were written since."""
        *lines, self._rest = (self._rest + self._unread()).split(b"\n")
        return [*map(_text, lines), *(self.rest() if len(self._rest) > LONGEST else ())]

    def rest(self) -> list[str]:
        """The line that has no end yet, if there is one."""
        rest, self._rest = self._rest, b""
        return [_text(rest)] if rest else []

    def _earlier(self, count: int | None) -> list[bytes]:
        earlier = _opened(_turned(self._path))
        if earlier is None:
            return []
        with earlier:
            same = self._file is not None and os.path.samestat(_stat(earlier), _stat(self._file))
            return [] if same else _last(earlier, count)[0]

    def _unread(self) -> bytes:
        data = b"" if self._file is None else self._file.read()
        following = _opened(self._path)
        if following is None:
            return data
        if self._file is not None:
            if os.path.samestat(_stat(following), _stat(self._file)):
                following.close()
                return data
            data += self._file.read() + self._skipped(self._file)
            self._file.close()
        self._file = following
        return data + following.read()

    def _skipped(self, file: BinaryIO) -> bytes:
        """What lies between the file that was held and the new one, where the log was turned twice meanwhile."""
        earlier = _opened(_turned(self._path))
        if earlier is None:
            return b""
        with earlier:
            return b"" if os.path.samestat(_stat(earlier), _stat(file)) else earlier.read()


def _last(file: BinaryIO, count: int | None) -> tuple[list[bytes], bytes]:
    """The last whole lines and what follows them; the file is left where this was read to."""
    position = end = file.seek(0, os.SEEK_END)
    data = b""
    while position and (count is None or data.count(b"\n") <= count):
        start = max(position - BLOCK, 0)
        file.seek(start)
        data = file.read(position - start) + data
        position = start
    file.seek(end)
    *lines, rest = data.split(b"\n")
    return lines if count is None else lines[max(len(lines) - count, 0) :], rest


def _text(line: bytes) -> str:
    return line.removesuffix(b"\r").decode(errors="replace")


def _turned(log: Path) -> Path:
    return log.with_name(f"{log.name}.1")


def _opened(path: Path) -> BinaryIO | None:
    try:
        return path.open("rb")
    except FileNotFoundError:
        return None


def _stat(file: BinaryIO) -> os.stat_result:
    return os.fstat(file.fileno())
