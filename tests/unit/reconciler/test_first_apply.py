"""A new system: its objects are made beside its `MLSystem`, its runs after it; where it is refused, nothing goes on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from bundles import Store, manifest, shop
from settling import settle
from simulated_cluster import SimulatedCluster

from trimtab.reconciler.actions import Action, ApplyObject, KeepBundle, OpenRecord, Plan
from trimtab.reconciler.cluster import AlreadyExists, Observed, Rejected
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
        if body["kind"] == "MLSystem":
            return Rejected("admission webhook denied the request")
        return await super().apply_new(body, dry_run=dry_run)


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
