"""The probes of running containers: begun with each start of a process, ended with it, remembered across hosts.

Also what else a container is asked beside its process: its hook before it is stopped.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from pathlib import Path
from typing import Any

from trimtab.reconciler.local import pod_directory
from trimtab.reconciler.local.controllers import probes
from trimtab.reconciler.local.controllers.preparing import main_containers
from trimtab.reconciler.local.controllers.probe_watches import PROBES, ProbeWatches, Watched, has_none
from trimtab.reconciler.local.launch import Launch, ProcessStatus
from trimtab.reconciler.local.objects import Body, Stored, timestamp
from trimtab.reconciler.local.observing import LOCAL_PORTS

Spawn = Callable[[Coroutine[Any, Any, None]], "asyncio.Task[None]"]


class Probing:
    """Of one Pod, whose folder and launches (none, where it was adopted) it is given. `changed` is told of answers."""

    def __init__(self, folder: Path, spawn: Spawn, changed: Callable[[], None]) -> None:
        self._folder = folder
        self._spawn = spawn
        self._changed = changed
        self._watches = ProbeWatches()

    def close(self) -> None:
        self._watches.close()

    def health(self, name: str, process: ProcessStatus) -> probes.Health:
        """What is known of this very run of the process."""
        return self._watches.health(name, process)

    def follow(
        self, pod: Stored, running: Mapping[str, ProcessStatus], launches: Mapping[str, Launch]
    ) -> list[tuple[str, str]]:
        """Begin and end probes as processes come and go. Gives the containers to restart, with the reason."""

        def begin(container: Body, started: float) -> Watched:
            return self._begin(pod, container, started, launches)

        return self._watches.follow(main_containers(pod), running, begin)

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
        if has_none(container):
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
