"""A Service's address: a forwarder (see `proxy`) held by a shim, and the file that tells it its backends.

To replace a backend without a failed request: write the backends without it, wait `SETTLE`, then stop it; what is
connected to it lives on until either side closes.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from trimtab.reconciler.local import own_python, proxy, whole_files
from trimtab.reconciler.local.launch import Backoff, Launch, Restart

SETTLE = 0.25
"""Seconds after which no new connection reaches a backend that was removed from the file."""

GRACE = 2.0
"""Seconds that open connections have to end when the address goes."""

RESTARTS = Backoff(first=0.1, limit=5.0, reset=10.0)


def forwarder(directory: Path, port: int, notices: Path | None = None) -> Launch:
    """The launch of a forwarder on 127.0.0.1:`port`, for `processes.start(directory, ...)`. Restarts always.

    Where the port is taken, it ends with exit code 1 and a sentence in its log, and is tried again.
    """
    program = Path(proxy.__file__).with_name("__main__.py")
    return Launch(
        argv=own_python.command(str(program), str(port), str(_file(directory))),
        env=own_python.environment(),
        cwd=Path("/"),
        restart=Restart.ALWAYS,
        backoff=RESTARTS,
        grace=GRACE,
        notices=notices,
    )


def write_backends(directory: Path, backends: Sequence[tuple[str, int]]) -> None:
    """Say who is ready; seen by the forwarder's next connection. Costs nothing where nothing changed. Raises OSError."""
    file, text = _file(directory), json.dumps([list(backend) for backend in backends]) + "\n"
    if file.exists() and file.read_text(encoding="utf-8") == text:
        return
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    whole_files.replace(file, text)


def _file(directory: Path) -> Path:
    return directory.resolve() / "backends.json"
