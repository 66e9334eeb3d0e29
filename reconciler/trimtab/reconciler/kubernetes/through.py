"""What has been begun is gone through with: who is cancelled over a write ends when it has been answered, not within it."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

ResultT = TypeVar("ResultT")


async def through(work: Coroutine[Any, Any, ResultT], seconds: float) -> ResultT:
    """Its result. When cancelled, it waits for the end of `work` first, for so many `seconds` at most."""
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait((task,), timeout=seconds)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        raise
