"""What serves is known again where the `MLSystem` is deleted, or its status wiped, while no newer model is accepted."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from bundles import SYSTEM, Store, shop
from settling import served, settle
from simulated_cluster import SimulatedCluster

from trimtab.compiler.bundle import Ref

PARENT = Ref("trimtab.dev/v1", "MLSystem", SYSTEM, SYSTEM)
WEB = Ref("apps/v1", "Deployment", SYSTEM, "web")


def wiped(cluster: SimulatedCluster) -> None:
    live = cluster.objects[PARENT]
    live.body.pop("status")
    live.revision = cluster.clock = cluster.clock + 1


def deleted(cluster: SimulatedCluster) -> None:
    cluster.remove(PARENT)


async def serving_an_earlier_model() -> tuple[SimulatedCluster, str]:
    """The spec asks for another recipe by now, whose model was rejected."""
    store = Store(accuracy=0.95)
    cluster = SimulatedCluster(store)
    _, first = await settle(cluster, shop())
    store.accuracy = 0.5
    _, state = await settle(cluster, shop(rate=0.5))
    assert served(state) == served(first)
    return cluster, served(first)


@pytest.mark.parametrize("loses", [wiped, deleted])
async def test_it_is_known_again_and_kept(loses: Callable[[SimulatedCluster], None]) -> None:
    cluster, model = await serving_an_earlier_model()
    before = cluster.objects[WEB].body["spec"]
    loses(cluster)
    _, state = await settle(cluster, shop(rate=0.5))
    assert served(state) == model
    cluster.remove(WEB)
    await settle(cluster, shop(rate=0.5))
    assert cluster.objects[WEB].body["spec"] == before


async def test_what_was_never_applied_so_is_not_guessed() -> None:
    cluster, _ = await serving_an_earlier_model()
    cluster.objects[WEB].body["metadata"]["annotations"]["trimtab.dev/desired"] = "sha256:other"
    deleted(cluster)
    _, state = await settle(cluster, shop(rate=0.5))
    assert state.system is not None
    assert state.system.serving == {}
