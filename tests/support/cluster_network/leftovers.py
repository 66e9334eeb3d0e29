"""Networks whose test has died: their processes are ended, their folders removed.

A network's folder has a lock that its holder keeps; its processes carry the folder's name in their environment. Both
are the kernel's word, so nothing is taken for a leftover by its number or its name.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from trimtab.reconciler.local import processes

MARK = "TRIMTAB_TEST_NETWORK"
PREFIX = "trimtab-network-"
PATIENCE = 5.0


@contextmanager
def registry() -> Iterator[None]:
    """One network is made or cleared at a time: between its folder and its lock, a new one looks like an old one."""
    with (Path(tempfile.gettempdir()) / f"{PREFIX}registry").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def claim() -> tuple[Path, int]:
    """A new folder, and its lock: to be handed to the holder, whose end frees it."""
    directory = Path(tempfile.mkdtemp(prefix=PREFIX))
    lock = os.open(directory / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(lock, fcntl.LOCK_EX)
    return directory, lock


def remove() -> None:
    """End and delete whatever belongs to networks that nobody holds."""
    for lock in Path(tempfile.gettempdir()).glob(f"{PREFIX}*/lock"):
        if not _is_held(lock):
            _kill_marked(lock.parent)
            _kill_shims(lock.parent)
            shutil.rmtree(lock.parent, ignore_errors=True)


def kill_inside() -> None:
    """End all processes of this network namespace, but this one."""
    here, deadline = _namespace(os.getpid()), time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        found = [pid for pid in _pids() if pid != os.getpid() and _namespace(pid) == here]
        if not found:
            return
        _kill(found)


def _kill_marked(directory: Path) -> None:
    mark, deadline = f"{MARK}={directory}".encode(), time.monotonic() + PATIENCE
    while (found := [pid for pid in _pids() if mark in _environment(pid)]) and time.monotonic() < deadline:
        _kill(found)


def _kill_shims(directory: Path) -> None:
    for lock in directory.glob("**/shim.json"):
        if processes.is_alive(lock.parent):
            _kill([processes.shim_number(lock.parent)])


def _kill(pids: list[int]) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    time.sleep(0.01)


def _is_held(lock: Path) -> bool:
    try:
        with lock.open() as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except FileNotFoundError:
        return False
    return False


def _pids() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]


def _environment(pid: int) -> list[bytes]:
    try:
        return Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return []


def _namespace(pid: int) -> str:
    """Empty for a process that has ended."""
    try:
        return str(Path(f"/proc/{pid}/ns/net").readlink())
    except OSError:
        return ""
