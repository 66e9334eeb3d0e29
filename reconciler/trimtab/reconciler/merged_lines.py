"""Lines that several tasks write, as one stream in the order in which they come. Whence is not its business."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable

from trimtab.reconciler.cluster import LogLine

Lines = asyncio.Queue[LogLine | None]

MOST_UNREAD = 1000
"""Lines; who writes more of them waits for the reader."""


async def merged(write: Callable[[Lines], Awaitable[None]]) -> AsyncGenerator[LogLine, None]:
    """Until `write` returns; what it raises is raised here, after the lines before it. Closing this cancels it."""
    lines: Lines = asyncio.Queue(maxsize=MOST_UNREAD)
    writing = asyncio.create_task(_written(write, lines))
    try:
        while (line := await lines.get()) is not None:
            yield line
        await writing
    finally:
        writing.cancel()
        await asyncio.gather(writing, return_exceptions=True)


async def _written(write: Callable[[Lines], Awaitable[None]], lines: Lines) -> None:
    try:
        await write(lines)
    except asyncio.CancelledError:  # nobody reads any more, and there may be no room to say that it ends
        raise
    except BaseException:
        await lines.put(None)
        raise
    await lines.put(None)
