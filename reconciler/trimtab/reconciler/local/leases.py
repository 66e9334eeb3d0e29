"""The right to write a system: a locked file. The kernel lets go of it when its holder ends, however that happens."""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import time
from pathlib import Path
from urllib.parse import quote

from trimtab.reconciler.cluster import HeldBy
from trimtab.reconciler.local.objects import timestamp


class FileLease:
    """Held from `acquire` to `release`. Deleting the state directory takes it away."""

    def __init__(self, descriptor: int, path: Path) -> None:
        self._descriptor = descriptor
        self._path = path

    def valid(self) -> bool:
        return self._descriptor >= 0 and is_at(self._descriptor, self._path)

    async def release(self) -> None:
        if self._descriptor >= 0:
            os.ftruncate(self._descriptor, 0)
            os.close(self._descriptor)
            self._descriptor = -1


def acquire(directory: Path, name: str, holder: str) -> FileLease | HeldBy:
    directory.mkdir(parents=True, exist_ok=True)
    path = _file(directory, name)
    descriptor = locked(path)
    if descriptor is None:
        return _holder(path)
    said = json.dumps({"holder": holder, "since": timestamp(time.time())})
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, said.encode(), 0)
    return FileLease(descriptor, path)


def locked(path: Path) -> int | None:
    """The descriptor of the file, which stays locked until it is closed; None where somebody else holds it."""
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return None
        if is_at(descriptor, path):
            return descriptor
        os.close(descriptor)  # it was removed between our opening and our locking it


def holder(directory: Path, name: str) -> HeldBy | None:
    """None where nobody holds it."""
    path = _file(directory, name)
    if not path.exists():
        return None
    descriptor = locked(path)
    if descriptor is None:
        return _holder(path)
    os.close(descriptor)
    return None


def _file(directory: Path, name: str) -> Path:
    return directory / f"{quote(name, safe='')}.lock"


async def freed(path: Path) -> None:
    """Until nobody holds it."""
    while (descriptor := locked(path)) is None:
        await asyncio.sleep(0.01)
    os.close(descriptor)


def is_at(descriptor: int, path: Path) -> bool:
    try:
        there = path.stat()
    except OSError:
        return False
    return os.path.samestat(os.fstat(descriptor), there)


def _holder(path: Path) -> HeldBy:
    try:
        said = json.loads(path.read_bytes())
        return HeldBy(str(said["holder"]), str(said["since"]))
    except (OSError, ValueError, KeyError):
        return HeldBy("another process", "")  # it has locked the file and not written yet
