"""One object is served in every version of its kind: to ask for it in another one prunes nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence

import pytest
from bundles import Store, manifest, shop
from settling import settle
from simulated_cluster import SimulatedCluster

from trimtab.compiler.bundle import Ref
from trimtab.reconciler.cluster import Event, Lacking, Observed
from trimtab.reconciler.refusals import NotPrepared
from trimtab.reconciler.rights import Right
from trimtab.reconciler.state import State

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


class NewAlone(SimulatedCluster):
    """It has ceased to serve the old version."""

    async def watch(
        self, kinds: Sequence[tuple[str, str]], namespace: str = "", selector: Mapping[str, str] | None = None
    ) -> AsyncIterator[Event]:
        async for event in super().watch([k for k in kinds if k[0] != OLD], namespace, selector):
            yield event


def is_there(cluster: SimulatedCluster) -> bool:
    return any(ref.name == "gadget" for ref in cluster.objects)


def kept(state: State) -> int:
    return len(state.applied)


async def with_one_of_old() -> NewAlone:
    cluster = NewAlone(Store())
    await settle(cluster, shop(more=[manifest("Widget", "gadget", OLD)]), served=((OLD, "Widget"),))
    cluster.objects[Ref(NEW, "Widget", "shop", "gadget")] = cluster.objects.pop(
        Ref(OLD, "Widget", "shop", "gadget")
    )
    return cluster


async def test_one_of_a_version_that_is_served_no_more_is_seen_in_another_and_deleted() -> None:
    cluster = await with_one_of_old()
    _, state = await settle(cluster, shop(), served=((NEW, "Widget"),))
    assert not is_there(cluster)
    assert kept(state) == 1


async def test_what_can_not_be_seen_is_remembered_until_it_can_be() -> None:
    cluster = await with_one_of_old()
    _, state = await settle(cluster, shop(), served=(("v1", "ConfigMap"),))
    assert is_there(cluster)
    assert kept(state) == 2
    await settle(cluster, shop(), served=((NEW, "Widget"),))
    assert not is_there(cluster)


class Blind(SimulatedCluster):
    """Who writes may see no gadgets."""

    async def lacking(self, rights: Sequence[Right], namespace: str) -> Lacking:
        return Lacking("ada", tuple(right for right in rights if right.kind == "Widget"))


async def test_who_may_not_see_what_an_earlier_spec_had_is_told_so() -> None:
    cluster = Blind(Store())
    await settle(cluster, shop(more=[manifest("Widget", "gadget", NEW)]))
    with pytest.raises(NotPrepared, match="ada may not see widgets"):
        await settle(cluster, shop())
    assert is_there(cluster)


async def test_what_is_to_be_deleted_is_remembered_while_a_person_is_asked() -> None:
    cluster = NewAlone(Store())
    many = [manifest("Widget", f"gadget-{index}", OLD) for index in range(12)]
    await settle(cluster, shop(more=many), served=((OLD, "Widget"),))
    for ref in [ref for ref in cluster.objects if ref.kind == "Widget"]:
        cluster.objects[ref._replace(api_version=NEW)] = cluster.objects.pop(ref)
    plan, state = await settle(cluster, shop(), served=((NEW, "Widget"),))
    assert kept(state) == 2
    (hold,) = [hold for hold in plan.holds if hold.node.startswith("prune:")]
    yes = hold.node.removeprefix("prune:")
    _, state = await settle(cluster, shop(), confirmed=yes, served=((NEW, "Widget"),))
    assert not [ref for ref in cluster.objects if ref.kind == "Widget"]
    assert kept(state) == 1
