"""A prepared spec on its engine, in one process, as the commands bring it there."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from trimtab.reconciler.cluster import Cluster
from trimtab.reconciler.loop import Listener, Loop
from trimtab.reconciler.opening import Purpose, begun, connect_here, connect_to
from trimtab.reconciler.preparing import Prepared, cluster_target
from trimtab.reconciler.refusals import Refused


async def connect(prepared: Prepared, state: Path) -> Cluster:
    """The engine of this environment: this machine's, started if need be, or its cluster. Raises ClusterUnavailable."""
    return await (connect_here(state) if prepared.is_local else connect_to(cluster_target(prepared)))


@asynccontextmanager
async def opened(
    prepared: Prepared,
    cluster: Cluster,
    listener: Listener,
    to: Purpose = Purpose.KEEP,
    *,
    take_over: bool = False,
) -> AsyncIterator[Loop]:
    """A started loop on the system."""
    if prepared.bundle is None:
        raise Refused(f"{prepared.file} has errors: `trimtab check` lists them")
    meant = (prepared.bundle, prepared.origin)
    async with begun(*meant, cluster, listener, to, take_over=take_over) as loop:
        yield loop
