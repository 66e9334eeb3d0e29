"""A Namespace is Kubernetes' own, and a system's is the one it is in: others have kinds, and namespaces, beside it."""

from __future__ import annotations

from dataclasses import replace

from bundles import Store, manifest, shop
from settling import Silent, settle
from simulated_cluster import SimulatedCluster

from trimtab.compiler.bundle import Ref
from trimtab.reconciler.addresses import Origin
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
