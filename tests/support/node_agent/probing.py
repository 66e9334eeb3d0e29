"""The probes of a Pod's running containers: begun with each start of a process, ended with it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from node_agent.api import Body
from node_agent.container import program
from node_agent.pod_place import PodPlace
from trimtab.reconciler.local.controllers import probes
from trimtab.reconciler.local.launch import ProcessStatus, State

PROBES = ("startupProbe", "readinessProbe", "livenessProbe")


@dataclass
class _Watched:
    started: float
    health: probes.Health
    task: asyncio.Task[None]
    restarting: bool = False


class Probing:
    """`changed` is told of news."""

    def __init__(self, place: PodPlace, changed: Callable[[], None]) -> None:
        self._place = place
        self._changed = changed
        self._watched: dict[str, _Watched] = {}

    def close(self) -> None:
        for watched in self._watched.values():
            watched.task.cancel()
        self._watched.clear()

    def health(self, name: str, process: ProcessStatus) -> probes.Health:
        """Of this very run of the process."""
        watched = self._watched.get(name)
        if watched is None or process.state is not State.RUNNING or watched.started != process.started:
            return probes.Health()
        return watched.health

    def follow(
        self, containers: Sequence[Body], running: Mapping[str, ProcessStatus], address: str
    ) -> list[tuple[str, str]]:
        """Begin and end probes as processes come and go. Gives the containers to restart, with the reason."""
        restarts = []
        for container in containers:
            name, process = container["name"], running[container["name"]]
            watched = self._watched.get(name)
            if watched is not None and watched.started != process.started:
                self._watched.pop(name).task.cancel()
                watched = None
            if watched is None and process.state is State.RUNNING:
                self._watched[name] = self._begin(container, process.started, address)
            elif watched is not None and not watched.health.live and not watched.restarting:
                watched.restarting = True
                restarts.append((name, watched.health.why))
        return restarts

    async def ask(self, container: Body, handler: Body, address: str, timeout: float) -> str:
        """A hook: empty where all is well, else what is wrong."""
        return await probes.ask(self._here(container, handler), self._target(container, address), timeout)

    def _begin(self, container: Body, started: float, address: str) -> _Watched:
        health = probes.Health()
        if not any(container.get(probe) for probe in PROBES):
            health.started = health.ready = True
        asked = {probe: self._here(container, container[probe]) for probe in PROBES if container.get(probe)}
        watching = probes.watch(asked, self._target(container, address), health, self._changed)
        return _Watched(started, health, asyncio.create_task(watching))

    def _here(self, container: Body, handler: Body) -> Body:
        """A command runs in the container."""
        if "exec" not in handler:
            return handler
        inside = program(self._place.container(container["name"]), *handler["exec"]["command"])
        return {**handler, "exec": {"command": list(inside)}}

    def _target(self, container: Body, address: str) -> probes.Target:
        ports = {
            port["name"]: port["containerPort"] for port in container.get("ports") or () if "name" in port
        }
        return probes.Target(ports, self._environment(container), Path("/"), address)

    def _environment(self, container: Body) -> Mapping[str, str]:
        """That of the running program."""
        shim = json.loads((self._place.container(container["name"]) / "shim.json").read_text())
        found: Mapping[str, str] = shim["env"]
        return found
