"""What is tried by a dry run: all that differs from what should be, and the workloads of runs that never happened."""

from __future__ import annotations

from typing import Any

from bundles import Store, shop
from simulated_cluster import FreeLease, SimulatedCluster

from trimtab.compiler.bundle import Bundle
from trimtab.reconciler.addresses import Origin
from trimtab.reconciler.cluster import ClusterInfo
from trimtab.reconciler.loop import Loop
from trimtab.reconciler.state import Now, State
from trimtab.reconciler.trial import candidates
from trimtab.reconciler.world import World


class Silent:
    def planned(self, plan: Any, state: Any) -> None: ...
    def acted(self, action: Any) -> None: ...


async def settled(bundle: Bundle) -> State:
    info = ClusterInfo("cluster-1", "simulated", (), ())
    loop = Loop(SimulatedCluster(Store()), info, FreeLease(), bundle, Origin("f", ""), Silent())
    await loop.start()
    try:
        await loop.settle()
        return loop.state()
    finally:
        await loop.stop()


def tried(bundle: Bundle, state: State) -> list[str]:
    return [c.node for c in candidates(World(bundle, state, Now(0)))]


async def test_everything_is_tried_where_nothing_is_there() -> None:
    assert tried(shop(), State()) == [
        *("Namespace/shop", "ConfigMap/config-a", "Deployment/web"),
        *("run:prepare", "run:check", "run:train", "run:judge"),
    ]


async def test_nothing_is_tried_where_all_is_as_it_should_be() -> None:
    assert tried(shop(), await settled(shop())) == []


async def test_what_changed_is_tried_and_what_depends_on_a_run_to_be_is_not() -> None:
    state = await settled(shop())
    assert tried(shop(config="b"), state) == ["ConfigMap/config-b"]
    assert tried(shop(rate=0.2), state) == ["run:train"]


async def test_no_slot_is_left_open() -> None:
    for candidate in candidates(World(shop(), State(), Now(0))):
        assert "<" not in str(candidate.body)
