"""Reaching the engine host of a state directory, and starting it where there is none."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from trimtab.reconciler.cluster import ClusterUnavailable
from trimtab.reconciler.local import wire
from trimtab.reconciler.local.build import build
from trimtab.reconciler.local.connection import Connection, Lost
from trimtab.reconciler.local.leases import locked
from trimtab.reconciler.local.places import Places

log = logging.getLogger(__name__)

PATIENCE = 30.0
"""Seconds for a host to start or to make room: it may have a large database to check."""

ALREADY_RUNS = 3
"""Exit code of a host that finds another one at work."""

HALTED = "--halted"
"""Argument of a host that only looks after what runs already, until it is told to stop it."""

HOST_MODULE = "trimtab.reconciler.local.host"


async def reach(places: Places, manager: str, *, renew: bool = False, halted: bool = False) -> Connection:
    """A connection to the host, started if need be. With `renew`, a host of other code makes room for a new one; with
    `halted`, a new one starts nothing that does not run already."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        connection = await _open(places, manager)
        if connection is None:
            await asyncio.to_thread(_start, places, halted)
        elif _noted(places).get("pid") != connection.greeting["pid"]:
            # Its state directory was deleted: it would answer for objects that nobody has any more.
            await ask_to_stop(connection, workloads=True)
        elif _speaks_ours(connection, renew):
            return connection
        else:
            await ask_to_stop(connection, workloads=False)
            renew = False  # the files may be newer than what this process has loaded of them
    raise ClusterUnavailable(f"the engine host of {places.state} does not answer: see {places.log}")


async def _open(places: Places, manager: str) -> Connection | None:
    """Where it says it is: another environment of the same user may have another directory for sockets."""
    try:
        return await Connection.open(Path(_noted(places).get("socket") or places.socket()), manager)
    except (OSError, Lost):
        return None


def _speaks_ours(connection: Connection, renew: bool) -> bool:
    greeting = connection.greeting
    return greeting["format"] == wire.FORMAT and (not renew or greeting["build"] == build())


def _noted(places: Places) -> Mapping[str, Any]:
    """What a host has written of itself; it does so before it answers."""
    try:
        said = json.loads(places.host.read_bytes())
    except (OSError, ValueError):
        return {}
    return said if isinstance(said, dict) else {}


async def ask_to_stop(connection: Connection, *, workloads: bool) -> None:
    """Without `workloads`, what runs goes on, and the next host adopts it."""
    try:
        await connection.ask("stop", {"workloads": workloads})
    except Lost:
        pass
    finally:
        await connection.close()


def _start(places: Places, halted: bool) -> None:
    """Start a host; where one is there and its socket is not, have it open the door again."""
    command = [sys.executable, "-P", "-m", HOST_MODULE, str(places.state), *([HALTED] if halted else [])]
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE
        )
    except subprocess.TimeoutExpired:
        raise ClusterUnavailable(
            f"the engine host did not start within {PATIENCE:.0f} s: see {places.log}"
        ) from None
    if done.returncode == ALREADY_RUNS:
        _knock(places.lock)
    elif done.returncode:
        raise ClusterUnavailable(done.stderr.strip() or f"the engine host did not start: see {places.log}")


def _knock(lock: Path) -> None:
    """The lock is held, so the process named in it lives: on SIGHUP a host makes its socket anew."""
    time.sleep(0.05)
    descriptor = locked(lock)
    if descriptor is not None:
        os.close(descriptor)
        return
    text = lock.read_text()
    if text.isdigit():
        os.kill(int(text), signal.SIGHUP)
        time.sleep(0.05)
