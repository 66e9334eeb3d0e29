"""Last words that nobody heard are read from the record beside the artifact; a look-up that tells nothing is asked again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from bundles import SYSTEM, Store, shop
from settling import settle
from simulated_cluster import SimulatedCluster

from trimtab.compiler.bundle import Ref
from trimtab.reconciler.actions import CreateObjects, DeleteObject, HoldKind, Plan
from trimtab.reconciler.cluster import Health, Observed
from trimtab.reconciler.desired import CHECK, LOOKUP, run_labels
from trimtab.reconciler.ledger import KEY_ANNOTATION, Phase
from trimtab.reconciler.past_runs import ASK_AGAIN_SECONDS
from trimtab.reconciler.plan import plan
from trimtab.reconciler.state import Now, State

ENDED = Now(1_700_000_000)
SOON, LATER = Now(ENDED.seconds + ASK_AGAIN_SECONDS / 2), Now(ENDED.seconds + ASK_AGAIN_SECONDS)


class Unheard(Store):
    """Workloads whose Pods are gone with their last words."""

    keeps = True
    """Whether they have left a record beside their artifact."""

    def __call__(self, body: Mapping[str, Any]) -> Health:
        health = super().__call__(body)
        if body["metadata"]["annotations"]["role"] == "lookup":
            return health
        if not self.keeps:
            self.records.clear()
        return replace(health, words="")


async def test_what_it_said_is_found_in_its_record() -> None:
    store = Unheard()
    found, state = await settle(SimulatedCluster(store), shop())
    assert found.is_converged
    assert {record.phase for record in state.records.values()} == {Phase.SUCCEEDED}
    (train,) = [record for record in state.records.values() if record.run == "train"]
    assert (train.artifact, train.metrics) == (f"sha256:{train.key}", {"loss": 0.1})
    assert len(store.computed) == len(set(store.computed)) == len(state.records)


async def test_one_that_has_left_no_record_has_ended_all_the_same_once() -> None:
    store = Unheard()
    store.keeps = False
    _, state = await settle(SimulatedCluster(store), shop())
    (prepare,) = [record for record in state.records.values() if record.run == "prepare"]
    assert (prepare.phase, prepare.reason) == (Phase.SUCCEEDED, "it ended without last words")
    assert store.computed == [prepare.key]


@pytest.fixture
async def settled() -> State:
    _, state = await settle(SimulatedCluster(Store()), shop())
    return state


def asked(state: State, role: str, health: Health, now: Now) -> Plan:
    """The training is to be looked up, or its model to be promoted, and a look was taken already."""
    train = next(record for record in state.records.values() if record.run == "train")
    record = replace(train, phase=Phase.PLANNED, attempt=0) if role == LOOKUP else train
    ref = Ref("batch/v1", "Job", SYSTEM, f"{record.name}-lookup")
    marks = run_labels(SYSTEM, record, role), {KEY_ANNOTATION: record.key}
    job = Observed(ref, "uid-job", "9", 1, "", *marks, False, replace(health, ended=ENDED.text), None)
    assert state.system is not None
    known = replace(state.system, serving={})
    records = {**state.records, record.name: record}
    objects = {**state.objects, ref: job}
    del objects[Ref("apps/v1", "Deployment", SYSTEM, "web")]
    return plan(shop(), replace(state, objects=objects, records=records, system=known), now)


FAILED = Health(finished=False, message="no Pod could be made")
GONE = Health(finished=True, words=json.dumps({"v": 1, "found": False}))


ANOTHER = Health(finished=True, words=json.dumps({"v": 1, "artifact": {"digest": "sha256:other"}}))


@pytest.mark.parametrize(
    ("role", "health"), [(LOOKUP, FAILED), (CHECK, FAILED), (CHECK, GONE), (CHECK, ANOTHER)]
)
async def test_a_look_that_tells_nothing_is_taken_again_after_a_while(
    settled: State, role: str, health: Health
) -> None:
    soon, later = asked(settled, role, health, SOON), asked(settled, role, health, LATER)
    assert not [action for action in soon.actions if isinstance(action, DeleteObject | CreateObjects)]
    assert [hold.reason for hold in soon.holds if hold.kind is HoldKind.BLOCKED]
    assert [a.ref.name.endswith("-lookup") for a in later.actions if isinstance(a, DeleteObject)] == [True]


async def test_an_answer_is_an_answer_however_old(settled: State) -> None:
    found = asked(settled, LOOKUP, GONE, LATER)
    assert not [action for action in found.actions if isinstance(action, DeleteObject)]
