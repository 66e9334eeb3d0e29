"""The engine host: one detached process a state directory, which keeps the objects and runs the controllers.

    python -m trimtab.reconciler.local.host <state directory> [--halted]

returns as soon as the host answers (or another one does). It may be killed at any time: workloads are held by their
shims, objects are in `engine.db`, and the next command starts it again. It ends by itself when nobody needs it.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import signal
import sys
import time
from pathlib import Path
from typing import NoReturn

from trimtab.reconciler.cluster import ClusterUnavailable
from trimtab.reconciler.local import salvage, wire
from trimtab.reconciler.local.build import build
from trimtab.reconciler.local.controllers import Controllers
from trimtab.reconciler.local.engine import Engine
from trimtab.reconciler.local.leases import is_at, locked
from trimtab.reconciler.local.objects import timestamp
from trimtab.reconciler.local.places import Places
from trimtab.reconciler.local.server import Server
from trimtab.reconciler.local.starting import ALREADY_RUNS, HALTED
from trimtab.reconciler.local.store import Store

log = logging.getLogger(__name__)

LOOK_AROUND = 20.0
"""Seconds between looks at what nobody tells us of: the state directory or the socket being deleted."""

IDLE = 600.0
"""Seconds without a client and without anything to run after which the host ends."""

LOG_LIMIT = 5 * 1024 * 1024

READY = "ready"
"""What the starting process hears of a host that answers; anything else is a sentence for people."""


class Host:
    def __init__(self, places: Places, lock: int, store: Store, notes: tuple[str, ...]) -> None:
        self.places = places
        self.lock = lock
        self.engine = Engine(store)
        self.controllers = Controllers(self.engine, places)
        greeting = {"format": wire.FORMAT, "build": build(), "pid": os.getpid(), "notes": notes}
        self.server = Server(self.engine, greeting, self._stop)
        self._socket: asyncio.Server | None = None
        self._ended = asyncio.Event()
        self._used = time.monotonic()

    async def run(self, ready: int, *, halted: bool) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._ended.set)
        loop.add_signal_handler(signal.SIGHUP, lambda: loop.create_task(self._listen()))
        await self._listen()
        await self.controllers.start(halted=halted)
        _report(ready, READY)
        look_around = loop.create_task(self._look_around())
        await self._ended.wait()
        look_around.cancel()
        await self._close()

    async def _listen(self) -> None:
        """Open the door, again if need be, and write down where it is."""
        path = self.places.socket()
        if self._socket is not None:
            self._socket.close()
        said = {"pid": os.getpid(), "socket": str(path), "since": timestamp(time.time())}
        fresh = self.places.host.with_suffix(".new")
        fresh.write_text(json.dumps(said) + "\n")
        fresh.replace(self.places.host)  # first: who answers must be known as the host that is meant to
        path.unlink(missing_ok=True)
        self._socket = await asyncio.start_unix_server(self.server.serve, path, limit=wire.LINE_LIMIT)
        path.chmod(0o600)

    async def _look_around(self) -> None:
        while True:
            await asyncio.sleep(LOOK_AROUND)
            if not is_at(self.lock, self.places.lock):
                log.warning("the state directory was deleted: stopping what ran in it")
                await self._stop(True)
            elif not self.places.socket().exists():
                await self._listen()
            elif self._idle():
                self._ended.set()

    def _idle(self) -> bool:
        if self.server.clients or self.controllers.busy:
            self._used = time.monotonic()
        return time.monotonic() - self._used > IDLE

    async def _stop(self, workloads: bool) -> None:
        if workloads:
            await self.controllers.stop_workloads()
        self._ended.set()

    async def _close(self) -> None:
        await self.controllers.close()
        if self._socket is not None:
            self._socket.close()
        await self.server.close()
        self.engine.store.close()
        if is_at(self.lock, self.places.lock):  # else they are another host's by now
            with contextlib.suppress(OSError):
                self.places.host.unlink(missing_ok=True)
                self.places.socket().unlink(missing_ok=True)


def main(arguments: list[str]) -> int:
    places = Places.of(Path(arguments[0]))
    try:
        places.state.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = locked(places.lock)
    except OSError as error:
        print(f"{places.state} can't be used: {error.strerror}", file=sys.stderr)
        return 1
    if lock is None:
        return ALREADY_RUNS
    reader, writer = os.pipe()
    if os.fork() == 0:
        os.close(reader)
        _detached(places, lock, writer, halted=HALTED in arguments)
    os.close(writer)
    with os.fdopen(reader, encoding="utf-8") as pipe:
        said = pipe.read()
    if said == READY:
        return 0
    print(said or f"the engine host did not start: see {places.log}", file=sys.stderr)
    return 1


def _report(ready: int, said: str) -> None:
    os.write(ready, said.encode())
    os.close(ready)


def _detached(places: Places, lock: int, ready: int, *, halted: bool) -> NoReturn:
    code = 1
    try:
        os.setsid()
        os.chdir("/")
        _redirect(places.log)
        os.pwrite(lock, str(os.getpid()).encode(), 0)
        logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
        _serve(places, lock, ready, halted)
        code = 0
    except (ClusterUnavailable, OSError) as error:
        log.exception("the engine host broke off")
        with contextlib.suppress(OSError):  # who started it may have heard that it was ready
            _report(ready, str(error))
    except Exception:
        log.exception("the engine host broke off")
    finally:
        os._exit(code)


def _serve(places: Places, lock: int, ready: int, halted: bool) -> None:
    store, notes = salvage.open_store(places)

    async def serve() -> None:
        await Host(places, lock, store, notes).run(ready, halted=halted)

    asyncio.run(serve())


def _redirect(log_file: Path) -> None:
    """Nothing of ours goes to a terminal, and nothing is read from one."""
    if log_file.exists() and log_file.stat().st_size > LOG_LIMIT:
        log_file.replace(log_file.with_name(f"{log_file.name}.1"))
    null = os.open(os.devnull, os.O_RDONLY)
    out = os.open(log_file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(null, 0)
    os.dup2(out, 1)
    os.dup2(out, 2)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
