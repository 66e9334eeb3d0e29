"""Pods of a gone Job: named while they have not ended, asked for now and then, and no run is looked up beside them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from bundles import SYSTEM, Store, shop
from ledger_records import RECORD
from settling import settle
from simulated_cluster import FreeLease, SimulatedCluster

from trimtab.compiler.bundle import Ref
from trimtab.reconciler.actions import CreateObjects, HoldKind
from trimtab.reconciler.carry_out import Hand, Memory, carry_out
from trimtab.reconciler.cluster import Health
from trimtab.reconciler.desired import RECORD_LABEL
from trimtab.reconciler.ledger import Phase
from trimtab.reconciler.lingering import ASK_SECONDS, JOB_NAME, Left, pods_left, still_left
from trimtab.reconciler.mirror import Mirror
from trimtab.reconciler.plan import plan
from trimtab.reconciler.state import Now

NAME = RECORD.name


def pod(name: str, record: str = NAME, job: str = "") -> dict[str, Any]:
    labels = {JOB_NAME: job or f"{record}-1", RECORD_LABEL: record}
    metadata = {"name": name, "namespace": SYSTEM, "labels": labels}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata}


async def with_pods(*names: str) -> SimulatedCluster:
    cluster = SimulatedCluster()
    for name in names:
        await cluster.create(pod(name))
    return cluster


def end(cluster: SimulatedCluster, name: str) -> None:
    cluster.objects[Ref("v1", "Pod", SYSTEM, name)].health = Health(finished=False)


async def test_those_that_have_not_ended_are_named() -> None:
    cluster = await with_pods("b", "a", "c", "d", "e")
    assert await pods_left(cluster, SYSTEM, NAME) == "a, b, c and 2 more"
    for name in ("c", "d", "e"):
        end(cluster, name)
    assert await pods_left(cluster, SYSTEM, NAME) == "a, b"


async def test_one_that_only_looks_the_run_up_is_none_of_them() -> None:
    cluster = SimulatedCluster()
    await cluster.create(pod("a", job=f"{NAME}-lookup"))
    assert await pods_left(cluster, SYSTEM, NAME) == ""


async def test_they_are_asked_for_now_and_then_until_none_is_left() -> None:
    cluster, known = await with_pods("a"), {NAME: Left("a", 100.0)}
    end(cluster, "a")
    assert await still_left(cluster, SYSTEM, known, 100.0 + ASK_SECONDS / 2) == known
    assert await still_left(cluster, SYSTEM, known, 100.0 + ASK_SECONDS) == {}


async def test_those_that_are_left_are_asked_for_later_again() -> None:
    cluster = await with_pods("a", "b")
    end(cluster, "a")
    later = 100.0 + 2 * ASK_SECONDS
    assert await still_left(cluster, SYSTEM, {NAME: Left("a, b", 100.0)}, later) == {NAME: Left("b", later)}


async def test_no_run_is_looked_up_beside_them() -> None:
    _, state = await settle(SimulatedCluster(Store()), shop())
    train = next(record for record in state.records.values() if record.run == "train")
    anew = replace(state, records={**state.records, train.name: replace(train, phase=Phase.LOST)})
    (look_up,) = plan(shop(), anew, Now(2_000_000)).actions
    assert isinstance(look_up, CreateObjects)

    cluster = SimulatedCluster()
    await cluster.create(pod("slow", train.name))
    hand = Hand(cluster, FreeLease(), shop(), Mirror(cluster, shop()), Memory())
    await carry_out(hand, look_up)
    assert cluster.started == []
    left = {name: left.pods for name, left in hand.memory.lingering.items()}
    assert left == {train.name: "slow"}

    found = plan(shop(), replace(anew, lingering=left), Now(2_000_000))
    assert not [action for action in found.actions if isinstance(action, CreateObjects)]
    (hold,) = [hold for hold in found.holds if hold.node == "run:train"]
    assert hold.kind is HoldKind.WAITING
    assert hold.reason == "Pods of an earlier attempt have not ended yet: slow"
    end(cluster, "slow")
    await carry_out(hand, look_up)
    assert cluster.started == [f"{train.name}-lookup"]
