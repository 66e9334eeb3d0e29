"""The probes of running containers: begun with each start of a process, ended with it, remembered across hosts.

Also what else a container is asked beside its process: its hook before it is stopped.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from trimtab.reconciler.local import pod_directory
from trimtab.reconciler.local.controllers import probes
from trimtab.reconciler.local.controllers.preparing import main_containers
from trimtab.reconciler.local.launch import Launch, ProcessStatus, State
from trimtab.reconciler.local.objects import Body, Stored, timestamp
from trimtab.reconciler.local.observing import LOCAL_PORTS

PROBES = ("startupProbe", "readinessProbe", "livenessProbe")

Spawn = Callable[[Coroutine[Any, Any, None]], "asyncio.Task[None]"]


@dataclass(slots=True)
class Watched:
    """The probes of one container since one start of its process."""

    started: float
    health: probes.Health
    task: asyncio.Task[None]
    restarting: bool = False


class Probing:
    """Of one Pod, whose folder and launches (none, where it was adopted) it is given. `changed` is told of answers."""

    def __init__(self, folder: Path, spawn: Spawn, changed: Callable[[], None]) -> None:
        self._folder = folder
        self._spawn = spawn
        self._changed = changed
        self._watched: dict[str, Watched] = {}

    def close(self) -> None:
        for watched in self._watched.values():
            watched.task.cancel()
        self._watched.clear()

    def health(self, name: str, process: ProcessStatus) -> probes.Health:
        """What is known of this very run of the process."""
        watched = self._watched.get(name)
        if watched is None or process.state is not State.RUNNING or watched.started != process.started:
            return probes.Health()
        return watched.health

    def follow(
        self, pod: Stored, running: Mapping[str, ProcessStatus], launches: Mapping[str, Launch]
    ) -> list[tuple[str, str]]:
        """Begin and end probes as processes come and go. Gives the containers to restart, with the reason."""
        restarts = []
        for container in main_containers(pod):
            name, process = container["name"], running[container["name"]]
            watched = self._watched.get(name)
            if watched is not None and watched.started != process.started:
                self._watched.pop(name).task.cancel()
                watched = None
            if watched is None and process.state is State.RUNNING:
                self._watched[name] = self._begin(pod, container, process.started, launches)
            elif watched is not None and not watched.health.live and not watched.restarting:
                watched.restarting = True
                restarts.append((name, watched.health.why))
        return restarts

    async def before_stop(
        self, pod: Stored, container: Body, launches: Mapping[str, Launch], grace: float, *, hurried: bool
    ) -> str:
        """Ask its hook; a pause only serves those who have to be told that requests should go elsewhere."""
        hook = (container.get("lifecycle") or {}).get("preStop")
        if not hook or (hurried and "sleep" in hook):
            return ""
        return await probes.ask(hook, self._target(pod, container, launches), grace)

    def _begin(self, pod: Stored, container: Body, started: float, launches: Mapping[str, Launch]) -> Watched:
        health = _remembered(pod, container["name"], started)
        if not any(container.get(probe) for probe in PROBES):
            health.started = health.ready = True
        watching = probes.watch(container, self._target(pod, container, launches), health, self._changed)
        return Watched(started, health, self._spawn(watching))

    def _target(self, pod: Stored, container: Body, launches: Mapping[str, Launch]) -> probes.Target:
        launch = launches.get(container["name"])
        root = pod_directory.root(self._folder, container["name"])
        ports = pod.status.get(LOCAL_PORTS) or {}
        return probes.Target(ports, launch.env if launch else {}, launch.cwd if launch else root)


def needs_environment(pod: Stored) -> bool:
    """A command that runs beside a container needs its variables, after a restart of the host too."""
    asked = [c.get(probe) or {} for c in main_containers(pod) for probe in PROBES]
    hooks = [(c.get("lifecycle") or {}).get("preStop") or {} for c in main_containers(pod)]
    return any("exec" in handler for handler in (*asked, *hooks))


def _remembered(pod: Stored, name: str, started: float) -> probes.Health:
    """What a host before this one knew of the same start: a new host is no reason to take a replica out."""
    for status in pod.status.get("containerStatuses") or ():
        since = (status["state"].get("running") or {}).get("startedAt")
        if status["name"] == name and since == timestamp(started):
            return probes.Health(started=bool(status.get("started")), ready=bool(status.get("ready")))
    return probes.Health()
