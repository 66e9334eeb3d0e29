"""A bundle brought up on an engine by the real loop, to its end; its clock ticks once a look."""

from __future__ import annotations

import asyncio

from simulated_cluster import FreeLease

from trimtab.compiler.bundle import Bundle
from trimtab.reconciler.actions import Action, Plan
from trimtab.reconciler.addresses import Origin
from trimtab.reconciler.cluster import Cluster, ClusterInfo
from trimtab.reconciler.loop import Listener, Loop, Planner
from trimtab.reconciler.plan import plan
from trimtab.reconciler.state import State


class Silent:
    def planned(self, plan: Plan, state: State) -> None: ...
    def acted(self, action: Action) -> None: ...


async def settle(
    cluster: Cluster,
    bundle: Bundle,
    confirmed: str = "",
    listener: Listener | None = None,
    planner: Planner = plan,
    served: tuple[tuple[str, str], ...] = (),
    begins: int = 1_000_000,
) -> tuple[Plan, State]:
    info = ClusterInfo("cluster-1", "simulated", served, ())
    clock = iter(range(begins, begins + 1_000_000))
    origin = Origin("spec.yaml", "abc")
    loop = Loop(cluster, info, FreeLease(), bundle, origin, listener or Silent(), clock=lambda: next(clock))
    loop.confirmed = confirmed
    loop.planner = planner
    await loop.start(makes=True)
    try:
        async with asyncio.timeout(10):
            return await loop.settle(), loop.state()
    finally:
        await loop.stop()


def served(state: State) -> str:
    assert state.system is not None
    return state.system.serving["web"].run
