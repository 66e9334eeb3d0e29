"""A daemon outlives what somebody else must mend first: it says so, and asks again."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from trimtab.reconciler import daemon
from trimtab.reconciler.daemon import Daemon, Following
from trimtab.reconciler.session import NotPrepared


class Listening:
    def __init__(self) -> None:
        self.troubles: list[str] = []

    def trouble(self, message: str) -> None:
        self.troubles.append(message)


async def test_a_cluster_that_is_not_prepared_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = 0

    async def connect(*_: Any) -> None:
        nonlocal asked
        asked += 1
        raise NotPrepared("the kinds are not there")

    monkeypatch.setattr(daemon, "connect", connect)
    monkeypatch.setattr(daemon, "RETRY_SECONDS", 0.001)
    listening = Listening()
    waiting = Daemon(Following(None, "f", None, Path("state"), 60), listening)  # type: ignore[arg-type]
    waiting._wanted = object()  # type: ignore[assignment]
    following = asyncio.create_task(waiting._follow_engine())
    try:
        async with asyncio.timeout(10):
            while asked < 3:
                await asyncio.sleep(0.001)
    finally:
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)
    assert set(listening.troubles) == {"the kinds are not there"}
