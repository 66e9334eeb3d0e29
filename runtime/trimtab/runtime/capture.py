"""Keeping a sample of what a model was asked and answered, without ever holding up an answer.

Each row becomes a line of JSON, `{"time", "run", "inputs": {...}, "outputs": {...}}`, in a file that this server
alone writes. Files are closed at a size and the oldest removed, so a forgotten capture can't fill a disk. Where the
disk is too slow or full, requests go unkept and are counted.
"""

from __future__ import annotations

import contextlib
import datetime
import json
import os
import queue
import random
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TextIO

from trimtab.runtime.server_metrics import ServerMetrics

FILE_BYTES = 8 << 20
FILES = 64
"""In the folder, those of other replicas included."""
WAITING = 256
"""Requests that may wait for the disk."""


class Capture:
    def __init__(self, folder: Path, sample: float, run: str, metrics: ServerMetrics) -> None:
        self._folder = folder
        self._sample = sample
        self._run = run
        self._metrics = metrics
        self._waiting: queue.Queue[tuple[Mapping[str, Any], Mapping[str, Any]] | None] = queue.Queue(WAITING)
        self._file: TextIO | None = None
        self._writer = threading.Thread(target=self._write_all, name="capture", daemon=True)
        self._writer.start()

    def offer(self, inputs: Mapping[str, Any], outputs: Mapping[str, Any]) -> None:
        """Maybe keep this request. Returns at once."""
        if random.random() >= self._sample:  # noqa: S311 - a sample, not a secret
            return
        try:
            self._waiting.put_nowait((inputs, outputs))
        except queue.Full:
            self._metrics.capture_dropped += 1

    def close(self) -> None:
        """Write what waits, and stop."""
        self._waiting.put(None)
        self._writer.join(timeout=10)

    def _write_all(self) -> None:
        for inputs, outputs in iter(self._waiting.get, None):
            try:
                self._write(list(self._lines(inputs, outputs)))
            except OSError:
                self._metrics.capture_dropped += 1
                self._close_file()
        self._close_file()

    def _lines(self, inputs: Mapping[str, Any], outputs: Mapping[str, Any]) -> Iterator[str]:
        now = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="milliseconds")  # noqa: UP017 - 3.10
        rows = len(next(iter(inputs.values())))
        for i in range(rows):
            row = {
                "time": now,
                "run": self._run,
                "inputs": {name: array[i].tolist() for name, array in inputs.items()},
                "outputs": {name: array[i].tolist() for name, array in outputs.items()},
            }
            yield json.dumps(row, separators=(",", ":")) + "\n"

    def _write(self, lines: list[str]) -> None:
        if self._file is None:
            self._file = self._open_file()
        self._file.writelines(lines)
        self._file.flush()
        self._metrics.captured += len(lines)
        if self._file.tell() >= FILE_BYTES:
            self._close_file()

    def _open_file(self) -> TextIO:
        self._folder.mkdir(parents=True, exist_ok=True)
        for old in sorted(self._folder.glob("*.jsonl"))[: -FILES + 1]:
            old.unlink(missing_ok=True)
        now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%S")  # noqa: UP017 - 3.10
        return (self._folder / f"{now}-{os.urandom(4).hex()}.jsonl").open("x", encoding="utf-8")

    def _close_file(self) -> None:
        if self._file is not None:
            with contextlib.suppress(OSError):
                self._file.close()
            self._file = None
