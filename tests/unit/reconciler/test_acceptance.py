"""A model is accepted by evaluations on the data of now, and is promoted only as the artifact that was recorded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bundles import SYSTEM, Store, shop
from settling import served, settle
from simulated_cluster import SimulatedCluster

from trimtab.compiler.bundle import Bundle, DatasetInfo, Ref
from trimtab.reconciler.actions import Action, HoldKind, Plan, WriteSystem
from trimtab.reconciler.cluster import Health
from trimtab.reconciler.state import State

WEB = Ref("apps/v1", "Deployment", SYSTEM, "web")
LATER = 10_000_000


def judged_on(version: str, rate: float = 0.1) -> Bundle:
    """The shop, whose model is judged on this version of data that nobody here writes."""
    bundle = shop(rate=rate)
    held = DatasetInfo("held", "c", "data/held", None, None, version, ("spec", "held"))
    runs = tuple(replace(r, reads=("held",)) if r.name == "judge" else r for r in bundle.runs)
    return replace(bundle, runs=runs, datasets=(*bundle.datasets, held))


def said_of_web(plan: Plan) -> list[str]:
    return [hold.reason for hold in plan.holds if hold.node == "endpoint:web"]


async def test_one_that_was_rejected_on_data_that_was_mended_since_is_judged_anew_and_serves() -> None:
    store = Store(accuracy=0.5)
    cluster = SimulatedCluster(store)
    _, state = await settle(cluster, judged_on("v1"))
    assert state.system is not None
    assert not state.system.serving
    store.accuracy = 0.95
    plan, state = await settle(cluster, judged_on("v2"), begins=LATER)
    assert plan.is_converged
    assert served(state).startswith("train-")
    assert len([r for r in state.records.values() if r.run == "train"]) == 1


async def test_one_that_was_accepted_on_other_data_is_judged_before_it_serves_again() -> None:
    store = Store(accuracy=0.95)
    cluster = SimulatedCluster(store)
    await settle(cluster, judged_on("v1", rate=0.1))
    _, state = await settle(cluster, judged_on("v2", rate=0.2), begins=LATER)
    second = served(state)
    store.accuracy = 0.5
    plan, state = await settle(cluster, judged_on("v2", rate=0.1), begins=2 * LATER)
    assert served(state) == second
    assert said_of_web(plan) == [f"still serves {second}: training train of the new recipe is not accepted"]


async def test_one_that_is_rejected_on_newer_data_goes_on_serving_and_that_is_said() -> None:
    store = Store(accuracy=0.95)
    cluster = SimulatedCluster(store)
    _, state = await settle(cluster, judged_on("v1"))
    model = served(state)
    store.accuracy = 0.5
    plan, state = await settle(cluster, judged_on("v2"), begins=LATER)
    assert served(state) == model
    assert said_of_web(plan) == [f"still serves {model}, which is not accepted on the data of now"]


class Moved(Store):
    """Another model lies where that of the training was, by the time it is looked at."""

    def __call__(self, body: Mapping[str, Any]) -> Health:
        annotations = body["metadata"]["annotations"]
        key = annotations["trimtab.dev/run-key"]
        if (annotations["run"], annotations["role"]) == ("train", "lookup") and key in self.records:
            self.records[key] = {**self.records[key], "artifact": {"digest": "sha256:other"}}
        return super().__call__(body)


async def test_another_artifact_than_was_recorded_is_not_promoted() -> None:
    plan, state = await settle(SimulatedCluster(Moved()), shop())
    assert state.system is not None
    assert not state.system.serving
    (hold,) = [hold for hold in plan.holds if hold.node == "endpoint:web"]
    assert hold.kind is HoldKind.BLOCKED
    assert hold.reason.endswith(
        "another artifact lies in its place than was recorded; it is looked at again after five minutes"
    )


class Statuses:
    """Whether it was said to be ready, and whether its endpoint was there then."""

    def __init__(self, cluster: SimulatedCluster) -> None:
        self._cluster = cluster
        self.told: list[tuple[str, bool]] = []

    def planned(self, plan: Plan, state: State) -> None: ...

    def acted(self, action: Action) -> None:
        if isinstance(action, WriteSystem):
            ready = [c["status"] for c in action.status.get("conditions", ()) if c["type"] == "Ready"]
            self.told += [(status, WEB in self._cluster.objects) for status in ready]


async def test_it_is_not_said_to_be_ready_before_its_endpoint_is_there() -> None:
    cluster = SimulatedCluster(Store())
    statuses = Statuses(cluster)
    await settle(cluster, shop(), listener=statuses)
    assert ("True", True) in statuses.told
    assert ("True", False) not in statuses.told


async def test_it_is_not_said_to_be_ready_while_an_endpoint_goes_back_to_an_earlier_model() -> None:
    store = Store()
    cluster = SimulatedCluster(store)
    await settle(cluster, shop(rate=0.1))
    await settle(cluster, shop(rate=0.2), begins=LATER)
    statuses = Statuses(cluster)
    await settle(cluster, shop(rate=0.1), begins=2 * LATER, listener=statuses)
    assert [status for status, _ in statuses.told] == ["False", "True"]
