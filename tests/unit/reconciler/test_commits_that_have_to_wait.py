"""A commit for which rights are lacking is told and waits; the last good one is kept meanwhile, whatever else happens."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from bundles import SYSTEM, manifest, shop
from conditions import until
from simulated_cluster import SimulatedCluster

from trimtab.compiler.bundle import Bundle, Ref
from trimtab.reconciler import engines, keeper
from trimtab.reconciler.addresses import Origin
from trimtab.reconciler.cluster import Lacking, Lease
from trimtab.reconciler.engines import Engines
from trimtab.reconciler.keeper import Keeper, Wanted
from trimtab.reconciler.rights import Right

CONFIG, THING = Ref("v1", "ConfigMap", SYSTEM, "config-a"), Ref("a.b/v1", "Thing", SYSTEM, "one")
HERE = Path("state")


class Token:
    """A Lease that may be lost."""

    is_ours = True

    def valid(self) -> bool:
        return self.is_ours

    async def release(self) -> None: ...


class Guarded(SimulatedCluster):
    """Nobody may touch a Thing, until they may."""

    forbidden = "Thing"

    def __init__(self) -> None:
        super().__init__()
        self.leases: list[Token] = []

    async def lacking(self, rights: Sequence[Right], namespace: str) -> Lacking:
        return Lacking("bot", tuple(right for right in rights if right.kind == self.forbidden))

    async def acquire(self, namespace: str, name: str, holder: str) -> Lease:
        self.leases.append(Token())
        return self.leases[-1]


class Listening:
    def __init__(self) -> None:
        self.troubles: list[str] = []
        self.set_backs: list[str] = []

    def trouble(self, sentence: str) -> None:
        self.troubles.append(sentence)

    def set_back(self, sentence: str) -> None:
        self.set_backs.append(sentence)

    def planned(self, *_: Any) -> None: ...

    def acted(self, *_: Any) -> None: ...


def wanted(commit: str, things: bool = False) -> Wanted:
    more = (manifest("Thing", "one", "a.b/v1"),) if things else ()
    return Wanted(_of_objects(shop(more=more)), Origin("git:here", commit), HERE)


def _of_objects(bundle: Bundle) -> Bundle:
    return replace(bundle, runs=(), endpoints=(), edges=(), datasets=())


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> Guarded:
    cluster = Guarded()

    async def connect_here(_: Path) -> Guarded:
        return cluster

    monkeypatch.setattr(engines, "connect_here", connect_here)
    monkeypatch.setattr(keeper, "RETRY_SECONDS", 0.01)
    return cluster


@asynccontextmanager
async def refused(cluster: Guarded) -> AsyncIterator[Listening]:
    """A commit was reached, and the next one, with a Thing, was refused."""
    listening = Listening()
    kept = Keeper(Engines(), listening)
    keeping = asyncio.create_task(kept.run())
    try:
        kept.want(wanted("good"))
        await until(lambda: CONFIG in cluster.objects)
        kept.want(wanted("refused", things=True))
        await until(lambda: listening.set_backs or listening.troubles)
        yield listening
    finally:
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)


async def heals(cluster: Guarded) -> None:
    cluster.remove(CONFIG)
    await until(lambda: CONFIG in cluster.objects)


async def test_what_was_kept_is_healed_until_the_rights_are_there(cluster: Guarded) -> None:
    async with refused(cluster) as told:
        await heals(cluster)
        assert told.troubles == []
        assert THING not in cluster.objects
        assert set(told.set_backs) == {
            "commit refused has to wait: bot may not get, list, watch, create, patch and delete things.a.b in namespace "
            "shop, and nothing was written: an administrator grants what `trimtab cluster rights` prints"
        }
        cluster.forbidden = ""
        await until(lambda: THING in cluster.objects)


async def test_it_is_healed_also_after_the_lease_was_lost_and_taken_anew(cluster: Guarded) -> None:
    async with refused(cluster) as told:
        cluster.leases[-1].is_ours = False
        await heals(cluster)
        assert told.troubles == ["the lease on shop is no longer ours"]
        assert len(cluster.leases) == 2
        assert THING not in cluster.objects
        cluster.forbidden = ""
        await until(lambda: THING in cluster.objects)


async def test_a_later_commit_that_needs_less_is_taken_at_once(
    cluster: Guarded, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeper, "RETRY_SECONDS", 1000.0)
    listening = Listening()
    kept = Keeper(Engines(), listening)
    keeping = asyncio.create_task(kept.run())
    try:
        kept.want(wanted("good"))
        await until(lambda: CONFIG in cluster.objects)
        kept.want(wanted("refused", things=True))
        await until(lambda: listening.set_backs)
        kept.want(replace(wanted("mended"), bundle=_of_objects(shop(config="b"))))
        await until(lambda: Ref("v1", "ConfigMap", SYSTEM, "config-b") in cluster.objects)
        assert len(cluster.leases) == 1
    finally:
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)
