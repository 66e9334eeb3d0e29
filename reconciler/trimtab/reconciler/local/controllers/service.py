"""Services: one address a port, behind it the Pods that are ready. Headless ones have no address, only their members'.

Each port is held by a forwarder with a shim of its own, so an address outlives this host; who is behind it is told
through a file. A port is remembered with the Service, and given again to a Service of the same name.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Coroutine, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from trimtab.compiler.bundle import Ref
from trimtab.reconciler.local import processes, salvage, service_addresses, service_ports
from trimtab.reconciler.local.controllers import conditions
from trimtab.reconciler.local.controllers.controller import POD, Controller, is_ended, is_ready
from trimtab.reconciler.local.controllers.pod import Attention
from trimtab.reconciler.local.controllers.preparing import known_ports
from trimtab.reconciler.local.controllers.service_names import LOCALHOST
from trimtab.reconciler.local.engine import Engine
from trimtab.reconciler.local.launch import State
from trimtab.reconciler.local.objects import Stored
from trimtab.reconciler.local.observing import LOCAL_PORTS, SERVING
from trimtab.reconciler.local.places import Places
from trimtab.reconciler.local.store import Change

SOON = 5.0
"""Seconds that a forwarder has to listen before it is left to itself."""

AGAIN = 2.0
"""Seconds until a forwarder that could not take its port is looked at again."""


class ServiceController(Controller):
    kind = ("v1", "Service")

    def __init__(self, engine: Engine, places: Places, notices: Attention) -> None:
        super().__init__(engine)
        self._places = places
        self._notices = notices
        self._tasks: dict[Ref, asyncio.Task[None]] = {}

    async def close(self) -> None:
        self.stop()
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    def concerned(self, change: Change) -> Iterable[Ref]:
        yield from super().concerned(change)
        if (change.new.ref.api_version, change.new.ref.kind) == POD:
            for service in self.engine.store.of_kind(*self.kind, change.new.ref.namespace):
                if _selects(service, change.new):
                    yield service.ref

    def hear(self, directory: Path) -> None:
        for service in self.engine.store.of_kind(*self.kind):
            if directory in self._directories(service).values():
                self.queue(service.ref)

    def reconcile(self, stored: Stored) -> float | None:
        if stored.ref in self._tasks:
            return None
        directories = self._directories(stored)
        if stored.deleting:
            self._spawn(stored.ref, self._end(stored, list(self._places.services.glob(f"{_stem(stored)}.*"))))
            return None
        for port, directory in directories.items():
            service_addresses.write_backends(directory, list(self._backends(stored, port)))
        down = {
            port: directory for port, directory in directories.items() if not processes.is_alive(directory)
        }
        if down:
            self._spawn(stored.ref, self._start(stored, down))
            return None
        return self._report(stored, directories)

    def _report(self, service: Stored, directories: Mapping[int, Path]) -> float | None:
        said, now = list(service.status.get("conditions") or ()), self.engine.now()
        stuck = [
            port
            for port, directory in directories.items()
            if processes.read(directory).state is State.WAITING
        ]
        if stuck:
            text = f"its port on this machine is taken: {', '.join(map(str, stuck))}"
            said = conditions.put(said, SERVING, False, now, "AddressInUse", text)
        elif directories:
            said = conditions.put(said, SERVING, True, now)
        if said:
            self.engine.set_status(service.ref, {**service.status, "conditions": said})
        return AGAIN if stuck else None

    def _directories(self, service: Stored) -> dict[int, Path]:
        """One a port; none for Services that are only names."""
        if service.spec.get("clusterIP") == "None" or service.spec.get("type") == "ExternalName":
            return {}
        numbers = [int(port["port"]) for port in service.spec.get("ports") or ()]
        return {number: self._places.services / f"{_stem(service)}.{number}" for number in numbers}

    def _backends(self, service: Stored, number: int) -> Iterator[tuple[str, int]]:
        port = next(p for p in service.spec["ports"] if p["port"] == number)
        target = str(port.get("targetPort", number))
        for pod in self.engine.store.of_kind(*POD, service.ref.namespace):
            if not _selects(service, pod) or pod.deleting or is_ended(pod):
                continue
            if is_ready(pod) or service.spec.get("publishNotReadyAddresses"):
                local = (pod.status.get(LOCAL_PORTS) or {}).get(target)
                if local is not None:
                    yield LOCALHOST, int(local)

    async def _start(self, service: Stored, down: Mapping[int, Path]) -> None:
        """Whatever is left of a killed forwarder goes first: it may hold the port that is ours."""
        for number, directory in down.items():
            await asyncio.to_thread(_clear, directory)
            port = self._port(service, number)
            service_addresses.write_backends(directory, list(self._backends(service, number)))
            salvage.write_note(directory, self.engine.store.get(service.ref) or service)
            launch = service_addresses.forwarder(directory, port, self._places.notices)
            await asyncio.to_thread(processes.start, directory, launch)
            self._notices.attend(directory)
            await _listening(directory, port)

    def _port(self, service: Stored, number: int) -> int:
        """The one it had, where it is still free; a name gets the same one again wherever it can."""
        live = self.engine.store.get(service.ref) or service
        ports: dict[str, Any] = dict(live.status.get(LOCAL_PORTS) or {})
        port = _given_again(ports.get(str(number))) or service_ports.choose(
            f"{self._places.state}/{service.ref.namespace}/{service.ref.name}:{number}",
            known_ports(self.engine),
        )
        named = {p["name"]: port for p in live.spec.get("ports") or () if p["port"] == number and "name" in p}
        self.engine.set_status(
            service.ref, {**live.status, LOCAL_PORTS: {**ports, str(number): port, **named}}
        )
        return port

    async def _end(self, service: Stored, directories: Iterable[Path]) -> None:
        for directory in directories:
            processes.stop(directory)
            while processes.is_alive(directory):
                await asyncio.sleep(0.02)
            await asyncio.to_thread(shutil.rmtree, directory, True)
        self.engine.remove(service.ref)

    async def stop_all(self) -> None:
        """End the forwarders; the Services stay, and so do their ports. What is being started is started first: its thread
        would go on, and nobody would end it."""
        self.stop()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)
        for directory in self._places.services.glob("*"):
            processes.stop(directory)
        for directory in self._places.services.glob("*"):
            while processes.is_alive(directory):
                await asyncio.sleep(0.02)

    def _spawn(self, ref: Ref, work: Coroutine[Any, Any, None]) -> None:
        def done(task: asyncio.Task[None]) -> None:
            self._tasks.pop(ref, None)
            failed = not task.cancelled() and task.exception() is not None
            self.queue(ref, AGAIN if failed else 0.0)

        self._tasks[ref] = asyncio.create_task(work)
        self._tasks[ref].add_done_callback(done)


class _AllBut:
    """Every port is taken but one."""

    def __init__(self, port: int) -> None:
        self._port = port

    def __contains__(self, port: object) -> bool:
        return port != self._port


def _given_again(port: int | None) -> int | None:
    """The port that it had, if it is free."""
    try:
        return None if port is None else service_ports.choose("", _AllBut(port))
    except service_ports.NoPort:
        return None


async def _listening(directory: Path, port: int) -> None:
    """Until it answers, or will not: an address that is shown is one that can be used."""
    until = asyncio.get_running_loop().time() + SOON
    while processes.read(directory).state is not State.WAITING and asyncio.get_running_loop().time() < until:
        try:
            _, writer = await asyncio.open_connection(LOCALHOST, port)
        except OSError:
            await asyncio.sleep(0.01)
        else:
            writer.close()
            return


def _stem(service: Stored) -> str:
    return f"{service.ref.namespace}.{service.ref.name}"


def _selects(service: Stored, pod: Stored) -> bool:
    selector = service.spec.get("selector")
    return bool(selector) and pod.matches(selector)


def _clear(directory: Path) -> None:
    """Make room for a start: an end that was asked for is no end for good here."""
    processes.kill_orphans(directory)
    for file in ("status.json", "lock"):
        (directory / file).unlink(missing_ok=True)
