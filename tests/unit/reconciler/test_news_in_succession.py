"""A controller that tells of one object after the other does not make the loop plan for each of them."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from bundles import SYSTEM, Store, shop
from settling import Silent, settle
from simulated_cluster import FreeLease, SimulatedCluster

from trimtab.compiler.bundle import Bundle, Ref
from trimtab.reconciler.actions import Plan
from trimtab.reconciler.addresses import Origin
from trimtab.reconciler.cluster import Change, ClusterInfo, Health
from trimtab.reconciler.loop import Loop
from trimtab.reconciler.plan import plan
from trimtab.reconciler.state import Now, State

WEB = Ref("apps/v1", "Deployment", SYSTEM, "web")
EVENTS = 50


async def test_they_are_planned_for_together() -> None:
    cluster = SimulatedCluster(Store())
    await settle(cluster, shop())
    seconds, plans = [0.0], list[Plan]()

    def slowly(bundle: Bundle, state: State, now: Now) -> Plan:
        seconds[0] += 0.05
        plans.append(plan(bundle, state, now))
        return plans[-1]

    loop = Loop(
        cluster, ClusterInfo("cluster-1", "simulated", (), ()), FreeLease(), shop(), Origin("spec.yaml", "abc"),
        Silent(), planner=slowly,
    )  # fmt: skip
    loop.memory.clock = lambda: seconds[0]
    await loop.start()
    keeping = asyncio.create_task(loop.keep(lambda: False))
    while not plans or plans[-1].actions:
        await asyncio.sleep(0)
    before = len(plans)
    for number in range(EVENTS):
        live = cluster.objects[WEB]
        live.health = replace(Health(), message=f"{number} of {EVENTS}")
        cluster._tell(WEB, Change.MODIFIED)
        for _ in range(5):
            await asyncio.sleep(0)
    assert len(plans) - before < EVENTS / 10
    while loop.mirror.objects[WEB].health.message != f"{EVENTS - 1} of {EVENTS}":
        await asyncio.sleep(0)
    keeping.cancel()
    await asyncio.gather(keeping, return_exceptions=True)
    await loop.stop()
