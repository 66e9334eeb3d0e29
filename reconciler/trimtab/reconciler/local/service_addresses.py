"""A Service's address: a forwarder (`proxy.py`) held by a shim, and the file that tells it its backends.

To replace a backend without a failed request: write the backends without it, wait `SETTLE`, then stop it; what is
connected to it lives on until either side closes.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from trimtab.reconciler.local.launch import Launch

SETTLE = 0.25
"""Seconds after which no new connection reaches a backend that was removed from the file."""


def forwarder(directory: Path, port: int, notices: Path | None = None) -> Launch:
    """The launch of a forwarder on 127.0.0.1:`port`, for `processes.start(directory, ...)`. Restarts always."""
    raise NotImplementedError


def write_backends(directory: Path, backends: Sequence[tuple[str, int]]) -> None:
    """Say who is ready; seen by the forwarder's next connection. Costs nothing where nothing changed."""
    raise NotImplementedError
