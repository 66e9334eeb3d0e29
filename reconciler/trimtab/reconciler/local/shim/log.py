"""The log of a process: `log`, which becomes `log.1` when it is full, so that no process can fill a disk with words.

What can't be written (the disk is full) is counted and dropped: the process itself goes on.
"""

from __future__ import annotations

import os


class Log:
    """Files in the working directory. A file ends with the end of a line, unless a line is longer than all of it."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._file = -1
        self._size = 0
        self._missing = 0

    def write(self, data: bytes) -> None:
        try:
            if self._file < 0 or self._size + len(data) > self._limit:
                data = self._turn(data)
            if self._missing:
                self._put(b"[%d bytes of output are missing: the log could not be written]\n" % self._missing)
                self._missing = 0
            self._put(data)
        except OSError:
            self._missing += len(data)

    def _turn(self, data: bytes) -> bytes:
        """Begin a file. What is left of the last line goes into the old one; the rest is returned."""
        if self._file >= 0:
            end = data.find(b"\n") + 1
            self._put(data[:end])
            data = data[end:]
            os.rename("log", "log.1")
            os.close(self._file)
            self._file = -1
        self._file = os.open("log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._size = os.fstat(self._file).st_size
        return data

    def _put(self, data: bytes) -> None:
        while data:
            written = os.write(self._file, data)
            self._size += written
            data = data[written:]
