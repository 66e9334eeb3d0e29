"""Engines to test against: each hands out clusters under a manager's name, and cleans up after itself."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Protocol, TypeVar

from trimtab.compiler.bundle import Ref
from trimtab.reconciler.cluster import Change, Cluster, Event, Observed
from trimtab.reconciler.local import LocalCluster, stop

PATIENCE = 30.0


ClusterT = TypeVar("ClusterT", bound=Cluster)
ClusterT_co = TypeVar("ClusterT_co", bound=Cluster, covariant=True)


class Engine(Protocol[ClusterT_co]):
    """`connect` gives a cluster that writes as `manager`."""

    def connect(self, manager: str) -> ClusterT_co: ...


class LocalEngine:
    def __init__(self, state: Path) -> None:
        self.state = state

    def connect(self, manager: str) -> LocalCluster:
        return LocalCluster(self.state, manager)

    def close(self) -> None:
        asyncio.run(stop(self.state))


@asynccontextmanager
async def connected(engine: Engine[ClusterT], manager: str) -> AsyncIterator[ClusterT]:
    cluster = engine.connect(manager)
    try:
        yield cluster
    finally:
        await cluster.close()


def observed(answer: Any) -> Observed:
    assert isinstance(answer, Observed), answer
    return answer


async def find(cluster: Cluster, ref: Ref) -> Observed | None:
    found = await cluster.list(ref.api_version, ref.kind, ref.namespace)
    return next((each for each in found if each.ref == ref), None)


async def until(
    cluster: Cluster, ref: Ref, condition: Callable[[Observed | None], object], what: str = "the condition"
) -> Observed | None:
    """Watches, so that nothing is polled and no state in between is missed. None stands for an object that is gone."""
    last: Observed | None = None
    synced = False
    events = cluster.watch([(ref.api_version, ref.kind)], ref.namespace)
    try:
        async with asyncio.timeout(PATIENCE):
            async for event in events:
                if event.change is Change.SYNCED:
                    synced = True
                elif event.observed is not None and event.observed.ref == ref:
                    last = None if event.change is Change.DELETED else event.observed
                else:
                    continue
                if (synced or last is not None) and condition(last):
                    return last
    except TimeoutError:
        raise AssertionError(f"{what} did not come true within {PATIENCE:.0f} s; last seen: {last}") from None
    finally:
        await events.aclose()  # type: ignore[attr-defined]
    raise AssertionError("a watch never ends by itself")


async def eventually(condition: Callable[[], Awaitable[object]], what: str = "the condition") -> None:
    deadline = time.monotonic() + PATIENCE
    while not await condition():
        assert time.monotonic() < deadline, f"{what} did not come true within {PATIENCE:.0f} s"
        await asyncio.sleep(0.02)


async def next_event(events: AsyncIterator[Event]) -> Event:
    async with asyncio.timeout(PATIENCE):
        return await anext(events)
