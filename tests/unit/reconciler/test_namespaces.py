"""A Namespace is Kubernetes' own, and a system's is the one it is in: others have kinds, and namespaces, beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from bundles import SYSTEM, Store, manifest, shop
from settling import Silent, served, settle
from simulated_cluster import SimulatedCluster

from trimtab.compiler.bundle import Edge, Fact, Ref
from trimtab.reconciler.actions import HoldKind
from trimtab.reconciler.addresses import Origin
from trimtab.reconciler.cluster import AlreadyExists, Observed, Rejected
from trimtab.reconciler.opening import begun

QUEUES = manifest("Namespace", "queues", "temporal.io/v1alpha1")


async def test_a_kind_of_that_name_is_an_object_like_others_and_leaves_with_the_spec() -> None:
    cluster = SimulatedCluster(Store())
    plan, _ = await settle(cluster, shop(more=[QUEUES]))
    assert plan.is_converged, plan.holds
    assert QUEUES.ref in cluster.objects
    plan, _ = await settle(cluster, shop())
    assert plan.is_converged, plan.holds
    assert QUEUES.ref not in cluster.objects


async def test_another_namespace_of_a_spec_does_not_stand_for_that_of_the_system() -> None:
    cluster = SimulatedCluster(Store())
    first = Ref("v1", "Namespace", "", "aaa")
    bundle = shop(more=[manifest("Namespace", "aaa")])
    bundle = replace(bundle, manifests=tuple(sorted(bundle.manifests, key=lambda m: m.ref.name)))
    assert bundle.manifests[0].ref == first
    async with begun(bundle, Origin("here", "abc"), cluster, Silent()) as loop:
        assert cluster.written[0] == f"apply Namespace/{bundle.namespace}"
        await loop.settle()
    assert first in cluster.objects


@dataclass
class OwnOnly(SimulatedCluster):
    """Takes the system's own Namespace, and no other."""

    says: Rejected = field(default_factory=lambda: Rejected("no more namespaces"))

    async def apply_new(
        self, body: Mapping[str, Any], *, dry_run: bool = False
    ) -> Observed | AlreadyExists | Rejected:
        if body["kind"] == "Namespace" and body["metadata"]["name"] != SYSTEM:
            return self.says
        return await super().apply_new(body, dry_run=dry_run)


@pytest.mark.parametrize("is_new", [True, False])
async def test_another_namespace_that_is_refused_holds_up_nothing_but_itself(is_new: bool) -> None:
    cluster = OwnOnly(Store())
    if not is_new:
        await settle(cluster, shop())
    plan, state = await settle(cluster, shop(settings="a", more=[manifest("Namespace", "aaa")]))
    assert [(h.node, h.kind, h.reason) for h in plan.holds] == [
        ("Namespace/aaa", HoldKind.BLOCKED, "refused: no more namespaces")
    ]
    assert Ref("v1", "ConfigMap", SYSTEM, "settings") in cluster.objects
    assert served(state)


async def test_what_needs_another_namespace_comes_after_it() -> None:
    cluster = SimulatedCluster(Store())
    bundle = shop(settings="a", more=[manifest("Namespace", "zzz")])
    after = Edge("ConfigMap/settings", "Namespace/zzz", Fact.RECONCILED)
    plan, _ = await settle(cluster, replace(bundle, edges=(*bundle.edges, after)))
    assert plan.is_converged, plan.holds
    made = [line.removeprefix("apply ") for line in cluster.written]
    assert made.index("Namespace/zzz") < made.index("ConfigMap/settings")
