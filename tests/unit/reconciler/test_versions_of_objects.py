"""One object is served in every version of its kind: to ask for it in another one prunes nothing."""

from __future__ import annotations

from bundles import Store, manifest, shop
from settling import settle
from simulated_cluster import SimulatedCluster

from trimtab.compiler.bundle import Ref
from trimtab.reconciler.cluster import Observed

OLD, NEW = "example.com/v1beta1", "example.com/v1"


def serve_in_both_versions(cluster: SimulatedCluster) -> None:
    """As an API server does: one object with one uid, whatever version it was written in."""
    old, new = (Ref(version, "Widget", "shop", "gadget") for version in (OLD, NEW))
    cluster.objects[new] = cluster.objects[old]


def uids(objects: dict[Ref, Observed]) -> set[str]:
    return {observed.uid for ref, observed in objects.items() if ref.name == "gadget"}


async def test_an_object_asked_for_in_another_version_is_not_deleted() -> None:
    cluster = SimulatedCluster(Store())
    await settle(cluster, shop(more=[manifest("Widget", "gadget", OLD)]))
    serve_in_both_versions(cluster)
    cluster.written.clear()
    plan, state = await settle(cluster, shop(more=[manifest("Widget", "gadget", NEW)]))
    assert plan.is_converged
    assert "apply Widget/gadget" in cluster.written
    assert "delete Widget/gadget" not in cluster.written
    assert len(uids(dict(state.objects))) == 1


async def test_one_that_the_spec_no_longer_names_is_deleted_once() -> None:
    cluster = SimulatedCluster(Store())
    await settle(cluster, shop(more=[manifest("Widget", "gadget", OLD)]))
    serve_in_both_versions(cluster)
    await settle(cluster, shop(more=[manifest("Widget", "gadget", NEW)]))
    cluster.written.clear()
    await settle(cluster, shop())
    assert cluster.written.count("delete Widget/gadget") >= 1
    assert not any(ref.name == "gadget" and ref.api_version == NEW for ref in cluster.objects)
