"""Taking a system down: in the reverse of the order it was applied in, and what is data stays."""

from __future__ import annotations

from functools import partial

from bundles import SYSTEM, Store, manifest, shop
from settling import settle
from simulated_cluster import SimulatedCluster

from trimtab.compiler.bundle import Ref
from trimtab.reconciler.deletion import plan_deletion
from trimtab.reconciler.ledger import API_VERSION


async def deleted(cluster: SimulatedCluster, *, data: bool = False) -> list[str]:
    cluster.written.clear()
    await settle(cluster, shop(), planner=partial(plan_deletion, data=data))
    return [line.removeprefix("delete ") for line in cluster.written]


async def test_the_last_applied_leaves_first_even_where_the_spec_no_longer_names_it() -> None:
    cluster = SimulatedCluster(Store())
    claim = manifest("PersistentVolumeClaim", "lake")
    await settle(
        cluster, shop(settings="a", more=[manifest("Service", "b"), manifest("Service", "a"), claim])
    )
    (kept,) = [ref.name for ref in cluster.objects if "applied" in ref.name]
    assert await deleted(cluster) == [
        *("Deployment/web", "Service/a", "Service/b", "ConfigMap/settings", "ConfigMap/config-a"),
        *(f"ConfigMap/{kept}", "MLSystem/shop"),
    ]
    left = {ref.kind for ref in cluster.objects}
    assert left == {"Namespace", "Run", "PersistentVolumeClaim"}


async def test_data_leaves_when_that_is_asked_for() -> None:
    cluster = SimulatedCluster(Store())
    await settle(cluster, shop(more=[manifest("PersistentVolumeClaim", "lake")]))
    assert "PersistentVolumeClaim/lake" in await deleted(cluster, data=True)


async def test_a_system_that_was_deleted_comes_back_and_computes_nothing() -> None:
    store = Store()
    cluster = SimulatedCluster(store)
    await settle(cluster, shop())
    computed = len(store.computed)
    await deleted(cluster)
    plan, _ = await settle(cluster, shop())
    assert plan.is_converged
    assert len(store.computed) == computed
    assert Ref(API_VERSION, "MLSystem", SYSTEM, SYSTEM) in cluster.objects
