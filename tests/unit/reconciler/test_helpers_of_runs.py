"""What a run under way needs stays until it is over, however far the spec has moved on; all else leaves meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bundles import SYSTEM, Store, manifest, shop
from conditions import until
from settling import settle
from simulated_cluster import SimulatedCluster

from trimtab.compiler.bundle import Bundle, Edge, Fact, Ref
from trimtab.reconciler.cluster import MEMORY, Health
from trimtab.reconciler.ledger import Phase


def trained_with(rate: float, *more: str) -> Bundle:
    """The shop with the params of its training in a ConfigMap, a network policy of its ranks, and what else is named."""
    ranks = manifest("NetworkPolicy", f"ranks-{rate}", "networking.k8s.io/v1")
    ranks.body["metadata"]["labels"] = {"trimtab.dev/run": "train"}
    others = [manifest("ConfigMap", f"params-{rate}", data={"rate": str(rate)}), ranks]
    bundle = shop(rate=rate, more=[*others, *(manifest("ConfigMap", name) for name in more)])
    return replace(
        bundle, edges=(*bundle.edges, Edge("run:train", f"ConfigMap/params-{rate}", Fact.RECONCILED))
    )


class Slow(Store):
    """The first training goes on until it is told to end."""

    slow: Mapping[str, Any] | None = None

    def __call__(self, body: Mapping[str, Any]) -> Health:
        annotations = body["metadata"]["annotations"]
        if self.slow is None and (annotations["run"], annotations["role"]) == ("train", "workload"):
            self.slow = body
            return Health(ready=True, message="computing")
        return super().__call__(body)


def names(cluster: SimulatedCluster, kind: str) -> set[str]:
    found = {ref.name for ref in cluster.objects if ref.kind == kind}
    return {name for name in found if "applied" not in name}


async def test_helpers_of_a_superseded_run_stay_until_it_is_over_and_all_else_leaves() -> None:
    store = Slow()
    cluster = SimulatedCluster(store)
    first = asyncio.create_task(settle(cluster, trained_with(0.1, "old")))
    await until(lambda: store.slow is not None)
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)

    second = asyncio.create_task(settle(cluster, trained_with(0.2)))
    await until(lambda: "old" not in names(cluster, "ConfigMap"))
    assert names(cluster, "ConfigMap") == {"config-a", "params-0.1", "params-0.2"}
    assert names(cluster, "NetworkPolicy") == {"ranks-0.1", "ranks-0.2"}
    assert not second.done(), "the superseded run is waited for"

    assert store.slow is not None
    name = store.slow["metadata"]["name"]
    cluster.finish(Ref("batch/v1", "Job", SYSTEM, name), Store()(store.slow))
    plan, state = await second
    assert plan.is_converged
    assert {r.phase for r in state.records.values() if r.run == "train"} == {Phase.SUCCEEDED}
    assert names(cluster, "ConfigMap") == {"config-a", "params-0.2"}
    assert names(cluster, "NetworkPolicy") == {"ranks-0.2"}
    assert sum(MEMORY in live.body["metadata"].get("labels", {}) for live in cluster.objects.values()) == 1
