"""Hearing at once of processes that changed, without looking: shims write to a named pipe, the kernel tells their death."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from types import TracebackType
from typing import Self


class Notices:
    """Directories whose process changed, each once however often it changed since it was last asked for.

        async with Notices(state / "notices") as notices:
            notices.attend(directory)
            async for directory in notices:
                status = processes.read(directory)

    Open it before the first `read`, so that nothing falls between. `Launch.notices` names the same path.
    """

    def __init__(self, pipe: Path) -> None:
        raise NotImplementedError

    async def __aenter__(self) -> Self:
        raise NotImplementedError

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        raise NotImplementedError

    def __aiter__(self) -> AsyncIterator[Path]:
        raise NotImplementedError

    def attend(self, directory: Path) -> None:
        """Also tell when this directory's shim is gone, killed or not. Ends by itself with the shim."""
        raise NotImplementedError
