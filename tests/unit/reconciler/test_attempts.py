"""What there is already of a run that is to be begun: its workload goes on, or is waited for; it is not begun beside it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from bundles import SYSTEM, Store, shop
from settling import settle
from simulated_cluster import SimulatedCluster

from trimtab.compiler.bundle import Ref
from trimtab.reconciler import past_runs
from trimtab.reconciler.actions import AdvanceRecord, CreateObjects, DeleteObject, Hold, HoldKind, Plan
from trimtab.reconciler.cluster import Health, Observed
from trimtab.reconciler.desired import WORKLOAD, run_labels
from trimtab.reconciler.ledger import KEY_ANNOTATION, Phase, Record
from trimtab.reconciler.plan import plan
from trimtab.reconciler.state import Now, State
from trimtab.reconciler.world import World

RUNS, ENDED = Health(ready=False), Health(finished=False, message="exit code 1")


@pytest.fixture
async def settled() -> State:
    _, state = await settle(SimulatedCluster(Store()), shop())
    return state


def training(state: State) -> Record:
    return next(record for record in state.records.values() if record.run == "train")


def planned(state: State, record: Record, attempt: int, health: Health, *, deleting: bool = False) -> Plan:
    """With the Job of this attempt at the training, whose record is as it is given."""
    ref = Ref("batch/v1", "Job", SYSTEM, f"{record.name}-{attempt}")
    marks = run_labels(SYSTEM, record, WORKLOAD), {KEY_ANNOTATION: record.key}
    job = Observed(ref, "uid-job", "9", 1, "", *marks, deleting, health, None)
    records = {**state.records, record.name: record}
    return plan(shop(), replace(state, objects={**state.objects, ref: job}, records=records), Now(2_000_000))


def waits(found: Plan) -> Hold:
    (hold,) = [hold for hold in found.holds if hold.node == "run:train"]
    assert hold.kind is HoldKind.WAITING
    assert not [action for action in found.actions if isinstance(action, CreateObjects)]
    return hold


def cancelled(state: State) -> Record:
    return replace(training(state), phase=Phase.CANCELLED, attempt=1)


async def test_one_that_was_cancelled_waits_for_its_workload_which_goes(settled: State) -> None:
    found = planned(settled, cancelled(settled), 1, RUNS)
    name = f"Job/{training(settled).name}-1"
    assert waits(found).reason == f"{name}, an earlier attempt, is not gone yet"
    assert [str(action.ref) for action in found.actions if isinstance(action, DeleteObject)] == [name]
    going = planned(settled, cancelled(settled), 1, RUNS, deleting=True)
    assert waits(going).reason == f"{name}, an earlier attempt, is not gone yet"
    assert not [action for action in going.actions if isinstance(action, DeleteObject)]


async def test_one_that_has_ended_is_in_nobodys_way(settled: State) -> None:
    found = planned(settled, cancelled(settled), 1, ENDED, deleting=True)
    assert [action.owner for action in found.actions if isinstance(action, CreateObjects)] == [
        training(settled).name
    ]


@pytest.mark.parametrize("health", [RUNS, ENDED])
async def test_a_record_that_was_lost_goes_on_with_the_workload_that_it_had(
    settled: State, health: Health
) -> None:
    opened = replace(training(settled), phase=Phase.PLANNED, attempt=0, started="", ended="", verdicts=())
    found = planned(settled, opened, 2, health)
    (step,) = [action for action in found.actions if isinstance(action, AdvanceRecord)]
    assert (step.record.phase, step.record.attempt) == (Phase.RUNNING, 2)
    assert not [action for action in found.actions if isinstance(action, CreateObjects | DeleteObject)]


async def test_a_copy_of_another_run_is_in_nobodys_way(settled: State) -> None:
    record = cancelled(settled)
    ref = Ref("batch/v1", "Job", SYSTEM, f"{record.name}-1")
    labels = run_labels(SYSTEM, record, WORKLOAD)
    copy = Observed(ref, "uid-job", "9", 1, "", labels, {KEY_ANNOTATION: "v1:other"}, False, RUNS, None)
    state = replace(
        settled, objects={**settled.objects, ref: copy}, records={**settled.records, record.name: record}
    )
    assert [a for a in plan(shop(), state, Now(2_000_000)).actions if isinstance(a, CreateObjects)]


async def test_what_was_lost_and_is_asked_for_no_more_may_be_looked_up_again(settled: State) -> None:
    lost = replace(training(settled), phase=Phase.LOST)
    world = World(shop(), replace(settled, records={lost.name: lost}), Now(2_000_000))
    (step,) = past_runs.superseded(world, frozenset())
    assert isinstance(step, AdvanceRecord)
    found = (step.record.phase, step.record.reason)
    assert found == (Phase.CANCELLED, "superseded after its workload vanished")
