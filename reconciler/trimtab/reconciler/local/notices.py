"""Hearing at once of processes that changed, without looking: shims write to a named pipe, the kernel tells their death."""

from __future__ import annotations

import asyncio
import os
import stat
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

from trimtab.reconciler.local import processes

LOOK_AROUND = 1.0
"""Seconds between looks at shims on systems that have no handle on a process that is not a child."""


class _Shim(NamedTuple):
    directory: Path
    number: int


class Notices:
    """Directories whose process changed, each once however often it changed since it was last asked for.

        async with Notices(state / "notices") as notices:
            notices.attend(directory)
            async for directory in notices:
                status = processes.read(directory)

    Open it before the first `read`, so that nothing falls between. `Launch.notices` names the same path.
    """

    def __init__(self, pipe: Path) -> None:
        self._path = pipe
        self._pipe = -1
        self._rest = b""
        self._changed: dict[Path, None] = {}
        self._woken = asyncio.Event()
        self._handles: dict[int, _Shim] = {}
        self._looked_at: set[Path] = set()
        self._looking: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._loop = asyncio.get_running_loop()
        self._pipe = _open(self._path)
        self._loop.add_reader(self._pipe, self._hear)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for descriptor in (self._pipe, *self._handles):
            self._loop.remove_reader(descriptor)
            os.close(descriptor)
        self._handles.clear()
        if self._looking is not None:
            self._looking.cancel()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Path:
        while not self._changed:
            self._woken.clear()
            await self._woken.wait()
        directory = next(iter(self._changed))
        del self._changed[directory]
        return directory

    def attend(self, directory: Path) -> None:
        """Also tell when this directory's shim is gone, killed or not. Ends by itself with the shim."""
        shim = _Shim(directory, processes.shim_number(directory))
        if shim in self._handles.values() or directory in self._looked_at:
            return
        try:
            handle = os.pidfd_open(shim.number)
        except (AttributeError, OSError):
            self._look_at(directory)
            return
        self._handles[handle] = shim
        self._loop.add_reader(handle, self._end, handle)
        if not processes.is_alive(directory):
            self._end(handle)  # its number may be another process's by now, which would tell us nothing

    def _hear(self) -> None:
        *whole, self._rest = (self._rest + os.read(self._pipe, 65536)).split(b"\0")
        for name in whole:
            self._tell(Path(os.fsdecode(name)))

    def _end(self, handle: int) -> None:
        self._loop.remove_reader(handle)
        os.close(handle)
        self._tell(self._handles.pop(handle).directory)

    def _tell(self, directory: Path) -> None:
        self._changed[directory] = None
        self._woken.set()

    def _look_at(self, directory: Path) -> None:
        self._looked_at.add(directory)
        if self._looking is None or self._looking.done():
            self._looking = self._loop.create_task(self._look())

    async def _look(self) -> None:
        while self._looked_at:
            for directory in [d for d in self._looked_at if not processes.is_alive(d)]:
                self._looked_at.discard(directory)
                self._tell(directory)
            await asyncio.sleep(LOOK_AROUND)


def _open(path: Path) -> int:
    """Open for both directions, so that the last shim to leave does not end it."""
    try:
        os.mkfifo(path, 0o600)
    except FileExistsError:
        if not stat.S_ISFIFO(path.lstat().st_mode):
            raise
    return os.open(path, os.O_RDWR | os.O_NONBLOCK)
