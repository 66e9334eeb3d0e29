"""Python environments made from a lock: built once, shared by every workload with the same lock.

The lock is pip's requirements format with hashes, and nothing but pins: no index, no path, no URL, since a spec may
not decide where this machine downloads from. Nothing is installed into the Python that runs Trimtab.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path


class EnvironmentFailed(Exception):
    """The environment could not be made. The text is one sentence for people, with the next step."""


def satisfied_by_this_python(lock_text: str) -> bool:
    """Has the running Python every pin that applies to it, at that very version? Raises `EnvironmentFailed` on a bad lock."""
    raise NotImplementedError


async def prepare(
    lock_text: str, digest: str, cache_directory: Path, on_progress: Callable[[str], None]
) -> Path:
    """The path of a Python with exactly what the lock says. Instant when it was made before.

    One builder works at a time (of all processes); a half-built environment is never used. `on_progress` gets one
    line at a time. Cancelling ends the build. Raises `EnvironmentFailed`.
    """
    raise NotImplementedError


def runtime_path(directory: Path) -> Path:
    """A folder for PYTHONPATH that exposes `trimtab.runtime` and nothing else of ours; made below `directory`."""
    raise NotImplementedError
