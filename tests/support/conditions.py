"""Waiting for what a test expects of tasks in its own process; who waits for a cluster has its watches for that."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

PATIENCE = 10
"""Seconds."""


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not condition():
            await asyncio.sleep(0.001)
