"""A host nobody talks to: it leaves when it is not needed, or when its directory is gone."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from engines import PATIENCE

from trimtab.reconciler.local import host, salvage
from trimtab.reconciler.local.leases import locked
from trimtab.reconciler.local.places import Places


@asynccontextmanager
async def hosting(places: Places) -> AsyncIterator[asyncio.Task[None]]:
    """A host in this very process, ready."""
    places.state.mkdir(parents=True)
    lock = locked(places.lock)
    assert lock is not None
    store, notes = salvage.open_store(places)
    reader, writer = os.pipe()
    running = asyncio.create_task(host.Host(places, lock, store, notes).run(writer, halted=False))
    try:
        async with asyncio.timeout(PATIENCE):
            assert await asyncio.to_thread(os.read, reader, 100) == host.READY.encode()
            yield running
            await running
    finally:
        os.close(reader)
        os.close(lock)


@pytest.fixture
def places(tmp_path: Path) -> Places:
    return Places.of(tmp_path / ".trimtab" / "laptop")


async def test_a_host_that_nobody_needs_leaves(places: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host, "LOOK_AROUND", 0.01)
    monkeypatch.setattr(host, "IDLE", 0.05)
    async with hosting(places):
        assert places.host.exists()
    assert not places.host.exists()
    assert not places.socket().exists()


async def test_a_host_whose_directory_is_gone_leaves(places: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host, "LOOK_AROUND", 0.01)
    async with hosting(places):
        shutil.rmtree(places.state)


async def test_a_host_whose_socket_is_gone_makes_another(
    places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(host, "LOOK_AROUND", 0.01)
    async with hosting(places) as running:
        places.socket().unlink()
        await when(places.socket().exists)
        os.kill(os.getpid(), 15)
        await running


async def when(condition: Callable[[], bool]) -> None:
    while not condition():
        await asyncio.sleep(0.005)
