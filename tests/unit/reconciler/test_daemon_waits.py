"""A daemon outlives what somebody else must mend first: it says so, and asks again; systems share what fails them all."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from bundles import Store, shop
from conditions import until
from simulated_cluster import SimulatedCluster

from trimtab.reconciler import engines, keeper
from trimtab.reconciler.addresses import Origin, Target
from trimtab.reconciler.cluster import ClusterInfo, HeldBy, Lease
from trimtab.reconciler.engines import Engines
from trimtab.reconciler.keeper import Keeper, Wanted
from trimtab.reconciler.refusals import NotPrepared, Refused

LAB = Target("lab", "lab")
ORIGIN = Origin("git:here#main:mlsystem.yaml", 40 * "c")


class Listening:
    def __init__(self) -> None:
        self.troubles: list[str] = []

    def trouble(self, message: str) -> None:
        self.troubles.append(message)

    def set_back(self, sentence: str) -> None: ...

    def planned(self, *_: Any) -> None: ...

    def acted(self, *_: Any) -> None: ...


class FakeCluster:
    """Counts who is on it."""

    def __init__(self) -> None:
        self.guests = 0
        self.closed = False

    def beside(self) -> FakeGuest:
        self.guests += 1
        return FakeGuest(self)

    async def close(self) -> None:
        assert not self.guests
        self.closed = True


class FakeGuest:
    def __init__(self, cluster: FakeCluster) -> None:
        self.cluster = cluster

    async def close(self) -> None:
        self.cluster.guests -= 1


async def test_a_cluster_that_is_not_prepared_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = 0

    async def connect_to(*_: Any, **__: Any) -> None:
        nonlocal asked
        asked += 1
        raise NotPrepared("the kinds are not there")

    monkeypatch.setattr(engines, "connect_to", connect_to)
    monkeypatch.setattr(keeper, "RETRY_SECONDS", 0.001)
    listening = Listening()
    waiting = Keeper(Engines(), listening)
    waiting.want(Wanted(shop(), ORIGIN, LAB))
    keeping = asyncio.create_task(waiting.run())
    try:
        await until(lambda: asked >= 3)
    finally:
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)
    assert set(listening.troubles) == {"the kinds are not there"}


async def test_a_cluster_is_connected_once_for_all_and_closed_with_the_last(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made: list[FakeCluster] = []

    async def connect_to(target: Target, *, all_systems: bool) -> FakeCluster:
        assert (target, all_systems) == (LAB, True)
        made.append(FakeCluster())
        await asyncio.sleep(0)
        return made[-1]

    monkeypatch.setattr(engines, "connect_to", connect_to)
    shared, end = Engines(), [asyncio.Event() for _ in range(3)]

    async def use(number: int) -> None:
        async with shared.of(LAB):
            await end[number].wait()

    users = [asyncio.create_task(use(number)) for number in range(3)]
    await until(lambda: made and made[0].guests == 3)
    end[0].set()
    users[1].cancel()
    await asyncio.gather(*users[:2], return_exceptions=True)
    assert (len(made), made[0].guests, made[0].closed) == (1, 1, False)
    end[2].set()
    await users[2]
    assert made[0].closed
    async with shared.of(LAB):
        assert len(made) == 2


class Held(SimulatedCluster):
    """By somebody who goes when he has been asked for so many times."""

    def __init__(self, times: int) -> None:
        super().__init__(Store())
        self.times = times
        self.asked: list[str] = []

    @property
    def by(self) -> HeldBy | None:
        return HeldBy("ann", "noon") if self.times else None

    async def inspect(self) -> ClusterInfo:
        self.asked.append("inspect")
        return await super().inspect()

    async def acquire(self, namespace: str, name: str, holder: str) -> Lease | HeldBy:
        return self.by or await super().acquire(namespace, name, holder)

    async def holder(self, namespace: str, name: str) -> HeldBy | None:
        self.times -= 1
        self.asked.append(f"holder of {namespace}/{name}")
        return self.by


async def test_who_waits_for_another_writer_asks_for_the_lease_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    cluster = Held(times=5)

    async def connect_here(_: Path) -> SimulatedCluster:
        return cluster

    monkeypatch.setattr(engines, "connect_here", connect_here)
    monkeypatch.setattr(keeper, "RETRY_SECONDS", 0.001)
    listening = Listening()
    waiting = Keeper(Engines(), listening)
    waiting.want(Wanted(shop(), ORIGIN, Path("state")))
    keeping = asyncio.create_task(waiting.run())
    try:
        await until(lambda: any("ConfigMap/shop-applied" in each for each in cluster.written))
    finally:
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)
    assert cluster.asked == ["inspect", *["holder of shop/shop"] * 5, "inspect"]
    assert listening.troubles == ["ann is writing shop since noon; wait for it, or stop it"]


async def test_what_only_a_person_can_change_waits_for_a_commit(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not tried every other second: each attempt would take the Lease for a moment."""
    tried: list[str] = []

    class Opened:
        async def __aenter__(self) -> None:
            tried.append("")
            raise Refused("shop is kept by somebody else")

        async def __aexit__(self, *_: object) -> None: ...

    async def connect_here(_: Path) -> FakeGuest:
        return FakeCluster().beside()

    monkeypatch.setattr(engines, "connect_here", connect_here)
    monkeypatch.setattr(keeper, "begun", lambda *_, **__: Opened())
    monkeypatch.setattr(keeper, "RETRY_SECONDS", 0.0)
    listening = Listening()
    waiting = Keeper(Engines(), listening)
    keeping = asyncio.create_task(waiting.run())
    try:
        for count in (1, 2):
            waiting.want(Wanted(shop(), ORIGIN, Path("state")))
            await until(lambda count=count: len(listening.troubles) == count)  # type: ignore[misc]
            for _ in range(10):
                await asyncio.sleep(0)
            assert len(tried) == count
    finally:
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)


async def test_a_fault_of_one_system_is_told_and_does_not_end_the_daemon(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise KeyError("restarts")

    async def connect_here(_: Path) -> FakeGuest:
        return FakeCluster().beside()

    monkeypatch.setattr(engines, "connect_here", connect_here)
    monkeypatch.setattr(keeper, "begun", broken)
    listening = Listening()
    waiting = Keeper(Engines(), listening)
    waiting.want(Wanted(shop(), ORIGIN, Path("state")))
    keeping = asyncio.create_task(waiting.run())
    try:
        await until(lambda: listening.troubles or keeping.done())
        assert not keeping.done()
        assert listening.troubles == ["shop: a fault of Trimtab itself: KeyError: 'restarts'"]
    finally:
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)
