"""Who is ready: the host's file, read again when it was replaced, and whose turn it is."""

from __future__ import annotations

import json
import os

TYPE_CHECKING = False  # `typing` would cost as much to start as all of this program
if TYPE_CHECKING:
    from collections.abc import Sequence

    Address = tuple[str, int]


class Backends:
    def __init__(self, path: str) -> None:
        self._path = path
        self._seen: tuple[int, int, int] | None = None
        self._addresses: Sequence[Address] = ()
        self._turn = 0

    def in_turn(self) -> list[Address]:
        """All that are ready, each time beginning with the next one."""
        self._look()
        if not self._addresses:
            return []
        first = self._turn % len(self._addresses)
        self._turn = first + 1
        return [*self._addresses[first:], *self._addresses[:first]]

    def _look(self) -> None:
        """A file that is not there means nobody; one that can't be read leaves things as they are."""
        try:
            found = os.stat(self._path)
        except OSError:
            self._seen, self._addresses = None, ()
            return
        seen = (found.st_ino, found.st_mtime_ns, found.st_size)
        if seen == self._seen:
            return
        try:
            with open(self._path, encoding="utf-8") as file:
                self._addresses = [(str(host), int(port)) for host, port in json.load(file)]
        except (OSError, TypeError, ValueError):
            return
        self._seen = seen
