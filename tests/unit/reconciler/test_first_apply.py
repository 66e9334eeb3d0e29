"""A new system: its objects are made beside its `MLSystem`, its runs after it; where it is refused, nothing goes on."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest
from bundles import Store, manifest, shop
from settling import settle
from simulated_cluster import SimulatedCluster

from trimtab.reconciler.actions import Action, ApplyObject, KeepBundle, OpenRecord, Plan
from trimtab.reconciler.addresses import Origin
from trimtab.reconciler.cluster import AlreadyExists, Cluster, Conflict, Observed, Rejected, Stale
from trimtab.reconciler.desired import marked
from trimtab.reconciler.opening import begun
from trimtab.reconciler.refusals import Refused
from trimtab.reconciler.state import State

MANY = [manifest("ConfigMap", f"more-{number}") for number in range(200)]


class Listening:
    def __init__(self) -> None:
        self.plans: list[Plan] = []

    def planned(self, plan: Plan, state: State) -> None:
        self.plans.append(plan)

    def acted(self, action: Action) -> None: ...


class Refusing(SimulatedCluster):
    async def apply_new(
        self, body: Mapping[str, Any], *, dry_run: bool = False
    ) -> Observed | AlreadyExists | Rejected:
        """Everything takes a turn of the loop; a refusal, three."""
        await asyncio.sleep(0)
        if body["kind"] != "MLSystem":
            return await super().apply_new(body, dry_run=dry_run)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        return Rejected("admission webhook denied the request")


async def test_objects_are_made_beside_it_and_runs_after_it() -> None:
    listening = Listening()
    await settle(SimulatedCluster(Store()), shop(settings="a"), listener=listening)
    _, beside, after, *_ = listening.plans
    kinds = [type(action) for action in beside.actions]
    assert kinds[:2] == [KeepBundle, ApplyObject]
    made = [action.ref.kind for action in beside.actions if isinstance(action, ApplyObject)]
    assert made[0] == "MLSystem"
    assert "ConfigMap" in made
    assert OpenRecord not in kinds
    assert OpenRecord in [type(action) for action in after.actions]


async def test_a_namespace_that_is_there_gets_its_labels_first_and_holds_nothing_up() -> None:
    cluster, listening = SimulatedCluster(Store()), Listening()
    await cluster.create(shop().manifests[0].body)
    await settle(cluster, shop(), listener=listening)
    first = next(plan.actions for plan in listening.plans if len(plan.actions) > 1)
    assert [type(action) for action in first[:3]] == [ApplyObject, KeepBundle, ApplyObject]
    made = [action.ref.kind for action in first if isinstance(action, ApplyObject)]
    assert made[:2] == ["Namespace", "MLSystem"]
    assert "ConfigMap" in made


class Heard(SimulatedCluster):
    """Notes how many watches heard of each object's first write."""

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self.heard: dict[str, int] = {}

    async def apply(
        self, body: Mapping[str, Any], *, force: bool = False, dry_run: bool = False, uid: str = ""
    ) -> Observed | Conflict | Stale | Rejected:
        if not dry_run:
            self.heard.setdefault(body["kind"], len(self.listeners))
        return await super().apply(body, force=force, dry_run=dry_run, uid=uid)


async def brought_up(cluster: Cluster, source: str = "here", *, alone: bool = True) -> None:
    async with begun(shop(), Origin(source, "abc"), cluster, Listening(), alone=alone) as loop:
        plan = await loop.settle()
        assert plan.is_converged, plan.holds


@pytest.mark.parametrize("there", ["nothing", "its Namespace", "a stranger's Namespace"])
async def test_a_new_system_is_made_before_it_is_watched(there: str) -> None:
    cluster, namespace = Heard(Store()), shop().manifests[0].body
    if there != "nothing":
        await cluster.create(marked(namespace, shop(), "") if there == "its Namespace" else namespace)
    await brought_up(cluster)
    assert cluster.heard["MLSystem"] == cluster.heard["ConfigMap"] == 0


async def test_who_shares_his_watches_watches_first() -> None:
    cluster = Heard(Store())
    await brought_up(cluster, alone=False)
    assert cluster.heard["Namespace"] == 0
    assert cluster.heard["MLSystem"] == 1


async def test_what_is_there_of_it_all_the_same_stays_and_is_brought_up_afterwards() -> None:
    cluster = Heard(Store())
    await brought_up(cluster)
    web = next(ref for ref in cluster.objects if ref.kind == "Deployment")
    uid = cluster.objects[web].uid
    cluster.objects = {web: cluster.objects[web]}
    cluster.heard.clear()
    await brought_up(cluster)
    assert cluster.heard["ConfigMap"] == 0
    assert cluster.heard.get("Deployment", 1) == 1
    assert cluster.objects[web].uid == uid


async def test_of_a_system_that_anything_remembers_nothing_is_made_unseen() -> None:
    cluster = Heard(Store())
    await brought_up(cluster)
    cluster.objects = {ref: each for ref, each in cluster.objects.items() if "-applied-" in ref.name}
    await cluster.create(shop().manifests[0].body)
    left, written = set(cluster.objects), list(cluster.written)
    assert len(left) == 2
    with pytest.raises(Refused, match="kept by here, not there"):
        await brought_up(cluster, "there")
    assert (set(cluster.objects), cluster.written) == (left, written)


class Guarded(SimulatedCluster):
    """Its Namespaces are somebody else's to change."""

    async def apply(
        self, body: Mapping[str, Any], *, force: bool = False, dry_run: bool = False, uid: str = ""
    ) -> Observed | Conflict | Stale | Rejected:
        if body["kind"] == "Namespace":
            return Rejected("namespaces is forbidden")
        return await super().apply(body, force=force, dry_run=dry_run, uid=uid)


async def test_a_namespace_that_is_refused_holds_all_the_rest_back() -> None:
    cluster = Guarded(Store())
    await cluster.create(shop().manifests[0].body)
    plan, _ = await settle(cluster, shop())
    assert [ref.kind for ref in cluster.objects] == ["Namespace"]
    (hold,) = plan.holds
    assert "forbidden" in hold.reason


async def test_where_it_is_refused_nothing_new_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trimtab.reconciler.side_by_side.HANDS", 10)
    cluster = Refusing(Store())
    plan, state = await settle(cluster, shop(more=MANY))
    assert plan.is_settled
    assert not plan.is_converged
    (hold,) = plan.holds
    assert "denied" in hold.reason
    assert not state.records
    assert sum(ref.name.startswith("more-") for ref in cluster.objects) < 50


async def test_who_tries_again_asks_for_it_first() -> None:
    cluster = Refusing(Store())
    await settle(cluster, shop(more=MANY))
    made = len(cluster.objects)
    await settle(cluster, shop(more=MANY))
    assert len(cluster.objects) == made


async def test_what_was_made_beside_one_that_never_came_is_pruned_later() -> None:
    store = Store()
    refusing = Refusing(store)
    await settle(refusing, shop(more=[manifest("Thing", "one", "example.com/v1")]))
    assert "Thing" in {ref.kind for ref in refusing.objects}
    cluster = SimulatedCluster(store, objects=refusing.objects)
    plan, _ = await settle(cluster, shop())
    assert plan.is_converged
    assert "Thing" not in {ref.kind for ref in cluster.objects}
