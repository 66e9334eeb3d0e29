"""The probes of a Pod's running containers: begun with each start of a process, ended with it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from node_agent.api import Body
from node_agent.container import program
from node_agent.pod_place import PodPlace
from trimtab.reconciler.local.controllers import probes
from trimtab.reconciler.local.controllers.probe_watches import PROBES, ProbeWatches, Watched, has_none
from trimtab.reconciler.local.launch import ProcessStatus


class Probing:
    """`changed` is told of news."""

    def __init__(self, place: PodPlace, changed: Callable[[], None]) -> None:
        self._place = place
        self._changed = changed
        self._watches = ProbeWatches()

    def close(self) -> None:
        self._watches.close()

    def health(self, name: str, process: ProcessStatus) -> probes.Health:
        """Of this very run of the process."""
        return self._watches.health(name, process)

    def follow(
        self, containers: Sequence[Body], running: Mapping[str, ProcessStatus], address: str
    ) -> list[tuple[str, str]]:
        """Gives the containers to restart, with the reason."""

        def begin(container: Body, started: float) -> Watched:
            return self._begin(container, started, address)

        return self._watches.follow(containers, running, begin)

    async def ask(self, container: Body, handler: Body, address: str, timeout: float) -> str:
        """A hook: empty where all is well, else what is wrong."""
        return await probes.ask(self._here(container, handler), self._target(container, address), timeout)

    def _begin(self, container: Body, started: float, address: str) -> Watched:
        health = probes.Health()
        if has_none(container):
            health.started = health.ready = True
        asked = {probe: self._here(container, container[probe]) for probe in PROBES if container.get(probe)}
        watching = probes.watch(asked, self._target(container, address), health, self._changed)
        return Watched(started, health, asyncio.create_task(watching))

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
