"""The engines of the systems that one process keeps: one connection a cluster, and one watch a kind, behind all of them.

A connection is there as long as anybody uses it. What fails for one system is that one's own affair; where the
connection itself fails, all leave it, and the next who asks makes a new one.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from trimtab.reconciler.addresses import Target
from trimtab.reconciler.cluster import Cluster
from trimtab.reconciler.opening import connect_here, connect_to

if TYPE_CHECKING:
    from trimtab.reconciler.kubernetes import KubernetesCluster

Engine = Target | Path
"""A cluster, or the folder of this machine's own engine."""


@dataclass
class _Shared:
    opening: asyncio.Task[KubernetesCluster]
    users: int = 0


class Engines:
    def __init__(self) -> None:
        self._shared: dict[Target, _Shared] = {}

    @asynccontextmanager
    async def of(self, engine: Engine) -> AsyncIterator[Cluster]:
        """For one system, as long as the context lasts. Raises ClusterUnavailable, NotPrepared."""
        if isinstance(engine, Path):
            cluster = await connect_here(engine)
            try:
                yield cluster
            finally:
                await cluster.close()
        else:
            async with self._beside_others(engine) as own:
                yield own

    @asynccontextmanager
    async def _beside_others(self, target: Target) -> AsyncIterator[Cluster]:
        shared = self._shared.get(target)
        if shared is None:
            opening = asyncio.create_task(connect_to(target, all_systems=True))
            shared = self._shared[target] = _Shared(opening)
        shared.users += 1
        try:
            own = (await asyncio.shield(shared.opening)).beside()
            try:
                yield own
            finally:
                await own.close()
        finally:
            shared.users -= 1
            if not shared.users:
                del self._shared[target]
                await _close(shared.opening)


async def _close(opening: asyncio.Task[KubernetesCluster]) -> None:
    opening.cancel()
    with suppress(asyncio.CancelledError, Exception):  # whoever asked for it was told of a failure
        await (await opening).close()
