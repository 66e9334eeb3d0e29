"""`stop` ends the forwarder of a Service also where it is just being started: by a thread that nobody can call back."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path
from typing import Any

import pytest

from trimtab.reconciler.local import processes
from trimtab.reconciler.local.controllers.service import ServiceController
from trimtab.reconciler.local.engine import Engine
from trimtab.reconciler.local.notices import Notices
from trimtab.reconciler.local.places import Places
from trimtab.reconciler.local.store import Store

SERVICE = {
    "apiVersion": "v1",
    "kind": "Service",
    "metadata": {"name": "web", "namespace": "shop"},
    "spec": {"selector": {"app": "web"}, "ports": [{"port": 80}]},
}


async def test_one_that_is_being_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    places = Places.of(tmp_path / "state")
    places.services.mkdir(parents=True)
    begins, goes_on, ended = threading.Event(), threading.Event(), threading.Event()
    start = processes.start

    def slow_start(*arguments: Any) -> None:
        begins.set()
        goes_on.wait(30)
        start(*arguments)
        ended.set()

    monkeypatch.setattr(processes, "start", slow_start)
    engine = Engine(Store.open(places.database))
    async with asyncio.timeout(30), Notices(places.notices) as notices:
        services = ServiceController(engine, places, notices)
        services.start()
        engine.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}}, "test")
        engine.create(SERVICE, "test")
        await asyncio.to_thread(begins.wait)
        ending = asyncio.create_task(services.stop_all())
        await asyncio.sleep(0)
        goes_on.set()
        await ending
        await asyncio.to_thread(ended.wait, 30)
        (directory,) = places.services.iterdir()
        assert not processes.is_alive(directory)
        assert processes.kill_orphans(directory) == 0
    engine.store.close()
