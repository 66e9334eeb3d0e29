"""A run that fails is not tried again by itself: what to do about it is said, and `attempt` asks for it once more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from bundles import Store, shop
from settling import settle
from simulated_cluster import SimulatedCluster

from trimtab.compiler.bundle import Bundle
from trimtab.reconciler.actions import Hold, HoldKind, Plan
from trimtab.reconciler.cluster import Health
from trimtab.reconciler.deletion import plan_deletion
from trimtab.reconciler.ledger import Phase


class Failing(Store):
    """`run` fails until `mended`."""

    def __init__(self, run: str) -> None:
        super().__init__()
        self.run, self.mended = run, False

    def __call__(self, body: Mapping[str, Any]) -> Health:
        annotations = body["metadata"]["annotations"]
        if (annotations["run"], annotations["role"]) == (self.run, "workload") and not self.mended:
            self.computed.append(annotations["trimtab.dev/run-key"])
            return Health(finished=False, message="exit code 1")
        return super().__call__(body)


def asking_for(attempt: int, run: str) -> Bundle:
    bundle = shop()
    runs = tuple(replace(r, attempt=attempt) if r.name == run else r for r in bundle.runs)
    return replace(bundle, runs=runs)


def said_of(plan: Plan, run: str) -> Hold:
    return next(h for h in plan.holds if h.node == f"run:{run}")


@pytest.mark.parametrize(
    ("run", "what"),
    [
        ("prepare", "mend it, or write `attempt: 2` to try the same again"),
        ("train", "mend it, or write `attempt: 2` to try the same again"),
        ("judge", "mend it, or write `attempt: 2` to try the same again"),
        ("check", "mend the data or what is expected of it: either is checked anew"),
    ],
)
async def test_a_failure_says_what_to_do_next(run: str, what: str) -> None:
    plan, _ = await settle(SimulatedCluster(Failing(run)), shop())
    hold = said_of(plan, run)
    assert hold.kind is HoldKind.BLOCKED
    assert hold.reason.endswith(f"failed: exit code 1; {what}")


@pytest.mark.parametrize("run", ["prepare", "train", "judge"])
async def test_another_attempt_is_made_once_when_the_spec_asks_for_it(run: str) -> None:
    store = Failing(run)
    cluster = SimulatedCluster(store)
    await settle(cluster, shop())
    failed = list(store.computed)
    await settle(cluster, shop())
    assert store.computed == failed, "applying again does not try again"
    _, state = await settle(cluster, asking_for(2, run))
    assert store.computed == [*failed, failed[-1]]
    (record,) = [r for r in state.records.values() if r.run == run]
    assert (record.phase, record.attempt) == (Phase.FAILED, 2)
    store.mended = True
    plan, _ = await settle(cluster, asking_for(3, run))
    assert plan.is_converged


def jobs(cluster: SimulatedCluster) -> list[str]:
    return [ref.name for ref in cluster.objects if ref.kind == "Job"]


async def test_the_workload_of_a_failure_stays_with_its_log_until_the_run_is_tried_or_mended() -> None:
    store = Failing("train")
    cluster = SimulatedCluster(store)
    _, state = await settle(cluster, shop())
    (record,) = [r for r in state.records.values() if r.run == "train"]
    assert jobs(cluster) == [f"{record.name}-1"]
    await settle(cluster, asking_for(2, "train"))
    assert jobs(cluster) == [f"{record.name}-2"]
    store.mended = True
    await settle(cluster, shop(rate=0.5))
    assert jobs(cluster) == [], "the spec asks for another run by now"


async def test_the_workload_of_a_failure_goes_with_its_system() -> None:
    cluster = SimulatedCluster(Failing("train"))
    await settle(cluster, shop())
    await settle(cluster, shop(), planner=plan_deletion)
    assert jobs(cluster) == []
