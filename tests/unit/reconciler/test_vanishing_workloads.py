"""A workload that somebody deletes: lost once it is gone, and not while its Pods may write still."""

from __future__ import annotations

from dataclasses import replace

import pytest
from bundles import SYSTEM, Store, shop
from settling import settle
from simulated_cluster import SimulatedCluster

from trimtab.compiler.bundle import Ref
from trimtab.reconciler.actions import AdvanceRecord, HoldKind, Plan
from trimtab.reconciler.cluster import Health, Observed
from trimtab.reconciler.desired import WORKLOAD, run_labels
from trimtab.reconciler.ledger import Phase, Record
from trimtab.reconciler.plan import plan
from trimtab.reconciler.state import Now, State

RUNS, ENDED_WELL = Health(ready=False), Health(finished=True, words='{"v": 1, "metrics": {"accuracy": 0.9}}')


@pytest.fixture
async def settled() -> State:
    _, state = await settle(SimulatedCluster(Store()), shop())
    return state


def running(state: State) -> Record:
    train = next(record for record in state.records.values() if record.run == "train")
    return replace(train, phase=Phase.RUNNING, ended="")


def planned(state: State, health: Health | None, *, deleting: bool) -> Plan:
    """With the training's Job as it is said; without one, where `health` is None."""
    record = running(state)
    ref = Ref("batch/v1", "Job", SYSTEM, record.workload)
    objects = {known: each for known, each in state.objects.items() if known != ref}
    if health is not None:
        labels = run_labels(SYSTEM, record, WORKLOAD)
        objects[ref] = Observed(ref, "uid-job", "9", 1, "", labels, {}, deleting, health, None)
    records = {**state.records, record.name: record}
    return plan(shop(), replace(state, objects=objects, records=records), Now(2_000_000))


def recorded(found: Plan) -> list[tuple[str, Phase]]:
    return [(a.record.run, a.record.phase) for a in found.actions if isinstance(a, AdvanceRecord)]


async def test_one_that_is_gone_is_lost(settled: State) -> None:
    assert recorded(planned(settled, None, deleting=False)) == [("train", Phase.LOST)]


async def test_one_that_is_being_deleted_is_waited_for(settled: State) -> None:
    found = planned(settled, RUNS, deleting=True)
    assert recorded(found) == []
    hold = next(hold for hold in found.holds if hold.node == "run:train")
    assert hold.kind is HoldKind.WAITING
    assert hold.reason.endswith("is being deleted: what it was is decided once it is gone")


async def test_one_that_had_ended_before_it_is_deleted_has_ended(settled: State) -> None:
    """Jobs with a time to live go like this."""
    assert recorded(planned(settled, ENDED_WELL, deleting=True)) == [("train", Phase.SUCCEEDED)]
