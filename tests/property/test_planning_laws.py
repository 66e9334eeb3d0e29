"""A planner that remembers plans as one that does not, and a packed bundle is planned as it was: in any history."""

from __future__ import annotations

import asyncio

from bundles import SYSTEM, Store, shop
from hypothesis import given, settings
from hypothesis import strategies as st
from settling import settle
from simulated_cluster import SimulatedCluster

from trimtab.compiler.bundle import Bundle, Ref
from trimtab.compiler.packed import packed
from trimtab.reconciler.actions import Plan
from trimtab.reconciler.plan import RememberingPlanner, plan
from trimtab.reconciler.state import Now, State

BUNDLES = [
    shop(rate, accuracy, config, text)
    for rate in (0.1, 0.2)
    for accuracy in (0.9, 0.99)
    for config in ("a", "b")
    for text in ("", "x", "y")
]
VICTIMS = [
    Ref("v1", "ConfigMap", SYSTEM, "settings"),
    Ref("v1", "ConfigMap", SYSTEM, "config-a"),
    Ref("apps/v1", "Deployment", SYSTEM, "web"),
]


class Every:
    """Asks in three ways, and says that the answers agree."""

    def __init__(self) -> None:
        self.asked = 0
        self._remembering = RememberingPlanner()

    def __call__(self, bundle: Bundle, state: State, now: Now) -> Plan:
        self.asked += 1
        expected = plan(bundle, state, now)
        assert self._remembering(bundle, state, now) == expected
        assert plan(packed(bundle), state, now) == expected
        return expected


async def disturbed(cluster: SimulatedCluster, ref: Ref, is_deleted: bool) -> None:
    live = cluster.objects.get(ref)
    if live is None:
        return
    if is_deleted:
        cluster.remove(ref)
    else:
        await cluster.replace({**live.body, "data": {"x": "theirs"}}, revision=str(live.revision))


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(BUNDLES), st.sampled_from(VICTIMS), st.booleans()), max_size=4))
def test_what_is_remembered_changes_no_plan(steps: list[tuple[Bundle, Ref, bool]]) -> None:
    async def history() -> int:
        cluster, planner = SimulatedCluster(Store()), Every()
        for bundle, victim, is_deleted in steps:
            await settle(cluster, bundle, planner=planner)
            await disturbed(cluster, victim, is_deleted)
        return planner.asked

    assert asyncio.run(history()) >= 5 * len(steps)
