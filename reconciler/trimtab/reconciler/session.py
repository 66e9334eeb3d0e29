"""A prepared spec on its engine, in one process. What it may be refused for is said in `opening`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from trimtab.reconciler.cluster import Cluster
from trimtab.reconciler.loop import Listener, Loop
from trimtab.reconciler.opening import begun, connect_here, connect_to
from trimtab.reconciler.preparing import Prepared, target_of
from trimtab.reconciler.refusals import Refused


async def connect(prepared: Prepared, state: Path) -> Cluster:
    """The engine of this environment: this machine's, started if need be, or its cluster. Raises ClusterUnavailable."""
    return await (connect_here(state) if prepared.is_local else connect_to(target_of(prepared)))


@asynccontextmanager
async def opened(
    prepared: Prepared, cluster: Cluster, listener: Listener, *, write: bool = True, take_over: bool = False
) -> AsyncIterator[Loop]:
    """A started loop on the system. Without `write` it may only plan."""
    if prepared.bundle is None:
        raise Refused(f"{prepared.file} has errors: `trimtab check` lists them")
    meant = (prepared.bundle, prepared.origin)
    async with begun(*meant, cluster, listener, write=write, take_over=take_over) as loop:
        yield loop
