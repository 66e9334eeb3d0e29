"""Processes that a test starts itself. None outlives its test, whatever happens there: not even a failed one."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any


@contextmanager
def child(command: Sequence[str | Path], **options: Any) -> Iterator[subprocess.Popen[Any]]:
    """Killed if it still runs when the test is done with it; its pipes are closed. `options` are Popen's."""
    with subprocess.Popen(command, **options) as process:
        try:
            yield process
        finally:
            process.kill()
