"""Probes of a Pod's containers: begun with each start of a process, ended with it. Whom they ask is the caller's."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from trimtab.reconciler.local.controllers import probes
from trimtab.reconciler.local.launch import ProcessStatus, State
from trimtab.reconciler.local.objects import Body

PROBES = ("startupProbe", "readinessProbe", "livenessProbe")


@dataclass(slots=True)
class Watched:
    """The probes of one container since one start of its process."""

    started: float
    health: probes.Health
    task: asyncio.Task[None]
    restarting: bool = False


Begin = Callable[[Body, float], Watched]
"""Given a container and when its process was started."""


class ProbeWatches:
    def __init__(self) -> None:
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
        self, containers: Iterable[Body], running: Mapping[str, ProcessStatus], begin: Begin
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
                self._watched[name] = begin(container, process.started)
            elif watched is not None and not watched.health.live and not watched.restarting:
                watched.restarting = True
                restarts.append((name, watched.health.why))
        return restarts


def has_none(container: Body) -> bool:
    """Then running is all that can be known."""
    return not any(container.get(probe) for probe in PROBES)
