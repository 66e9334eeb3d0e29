"""Pods of a gone Job: named while they have not ended, and asked for now and then until none is left."""

from __future__ import annotations

from typing import Any

from bundles import SYSTEM
from ledger_records import RECORD
from simulated_cluster import SimulatedCluster

from trimtab.compiler.bundle import Ref
from trimtab.reconciler.cluster import Health
from trimtab.reconciler.lingering import ASK_SECONDS, JOB_NAME, Left, pods_left, still_left

JOB = RECORD.workload


def pod(name: str) -> dict[str, Any]:
    metadata = {"name": name, "namespace": SYSTEM, "labels": {JOB_NAME: JOB}}
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
    assert await pods_left(cluster, SYSTEM, JOB) == "a, b, c and 2 more"
    for name in ("c", "d", "e"):
        end(cluster, name)
    assert await pods_left(cluster, SYSTEM, JOB) == "a, b"


async def test_they_are_asked_for_now_and_then_until_none_is_left() -> None:
    cluster, known = await with_pods("a"), {JOB: Left("a", 100.0)}
    end(cluster, "a")
    assert await still_left(cluster, SYSTEM, known, 100.0 + ASK_SECONDS / 2) == known
    assert await still_left(cluster, SYSTEM, known, 100.0 + ASK_SECONDS) == {}


async def test_those_that_are_left_are_asked_for_later_again() -> None:
    cluster = await with_pods("a", "b")
    end(cluster, "a")
    later = 100.0 + 2 * ASK_SECONDS
    assert await still_left(cluster, SYSTEM, {JOB: Left("a, b", 100.0)}, later) == {JOB: Left("b", later)}
