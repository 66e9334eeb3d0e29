"""Pods: prepared, started in order, watched, and ended without haste.

What a Pod's processes are is read from their directories each time, so a new host goes on where a killed one stopped:
nothing that matters is remembered here. Shims restart what ends by itself; this controller starts, probes, stops, and
writes down what has become of it all.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Coroutine, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from trimtab.compiler.bundle import Ref
from trimtab.reconciler.local import log_archive, pod_directory, processes
from trimtab.reconciler.local.controllers import pod_status, probes
from trimtab.reconciler.local.controllers.controller import POD, Controller, is_ended, is_ready
from trimtab.reconciler.local.controllers.hindrance import Hindered
from trimtab.reconciler.local.controllers.pod_status import Facts
from trimtab.reconciler.local.controllers.preparing import Preparation, Prepared, containers, main_containers
from trimtab.reconciler.local.engine import Engine
from trimtab.reconciler.local.launch import State
from trimtab.reconciler.local.objects import Body, Stored, timestamp
from trimtab.reconciler.local.observing import LOCAL_PORTS
from trimtab.reconciler.local.places import Places
from trimtab.reconciler.local.service_addresses import SETTLE
from trimtab.reconciler.local.store import Change
from trimtab.reconciler.local.termination import last_line, last_words

log = logging.getLogger(__name__)

FIRST_PATIENCE, LAST_PATIENCE = 5.0, 300.0
"""Seconds before something that failed (an environment, a full disk) is tried again by itself."""

PROBES = ("startupProbe", "readinessProbe", "livenessProbe")

PREREQUISITES = frozenset({"ConfigMap", "PersistentVolumeClaim", "Service"})


class Attention(Protocol):
    def attend(self, directory: Path) -> None: ...


@dataclass(slots=True)
class Watched:
    """The probes of one container since one start of its process."""

    started: float
    health: probes.Health
    task: asyncio.Task[None]
    restarting: bool = False


@dataclass(slots=True)
class Worker:
    """What is going on with one Pod at the moment; lost with the host, and made again by the next."""

    prepared: Prepared | None = None
    task: asyncio.Task[None] | None = None
    preparing: bool = False
    why: Hindered | None = None
    patience: float = FIRST_PATIENCE
    not_before: float = 0.0
    said: float = 0.0
    stopped: bool = False
    watched: dict[str, Watched] = field(default_factory=dict)

    def close(self) -> None:
        for task in (self.task, *(watched.task for watched in self.watched.values())):
            if task is not None:
                task.cancel()
        self.watched.clear()


class PodController(Controller):
    kind = POD

    def __init__(self, engine: Engine, places: Places, notices: Attention) -> None:
        super().__init__(engine)
        self._places = places
        self._notices = notices
        self._preparation = Preparation(engine, places)
        self._workers: dict[str, Worker] = {}
        self.halted = False
        """Nothing is started any more, only watched and ended."""
        self.hurried = False
        """Everything ends together: nobody has to be told that requests should go elsewhere."""
        self._tasks: set[asyncio.Task[None]] = set()

    async def close(self) -> None:
        self.stop()
        for worker in self._workers.values():
            worker.close()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def concerned(self, change: Change) -> Iterable[Ref]:
        yield from super().concerned(change)
        if change.new.ref.kind in PREREQUISITES:
            for pod in self.engine.store.of_kind(*POD, change.new.ref.namespace):
                worker = self._workers.get(pod.uid)
                if worker is not None and worker.why is not None:
                    worker.not_before = 0.0
                    yield pod.ref

    def hear(self, directory: Path) -> None:
        """Something became of the process in that directory."""
        uid = directory.parent.parent.name
        for pod in self.engine.store.of_kind(*POD):
            if pod.uid == uid:
                self.queue(pod.ref)

    def reconcile(self, stored: Stored) -> float | None:
        worker = self._workers.get(stored.uid) or self._adopted(stored)
        if stored.deleting:
            self._end(stored, worker)
            return None
        if is_ended(stored):
            worker.close()
            self._workers.pop(stored.uid, None)
            return None
        if worker.task is not None or self.halted:
            return None
        if worker.not_before > time.monotonic():
            return worker.not_before - time.monotonic()
        facts = self._facts(stored, worker)
        starts = to_start(stored, facts)
        if (starts or _needs_environment(stored)) and worker.prepared is None:
            self._prepare(stored, worker)
            return None
        if starts:
            self._spawn(stored, worker, self._start(stored, worker, starts))
            return None
        self._watch(stored, worker, facts)
        self._report(stored, worker)
        return None

    def _adopted(self, pod: Stored) -> Worker:
        """A Pod that is new to this host: whatever it has running already is heard of from now on."""
        worker = self._workers[pod.uid] = Worker()
        for container in containers(pod):
            directory = pod_directory.container(self._preparation.directory(pod), container["name"])
            if processes.is_alive(directory):
                self._notices.attend(directory)
        return worker

    def _report(self, pod: Stored, worker: Worker) -> None:
        live, facts = self.engine.store.get(pod.ref) or pod, self._facts(pod, worker)
        for name, each in facts.items():
            if each.process.state is State.LOST:
                processes.kill_orphans(pod_directory.container(self._preparation.directory(pod), name))
        self.engine.set_status(pod.ref, pod_status.running(live, facts, self.engine.now()))

    def _facts(self, pod: Stored, worker: Worker) -> dict[str, Facts]:
        directory = self._preparation.directory(pod)
        return {c["name"]: self._fact(directory, c, worker.watched.get(c["name"])) for c in containers(pod)}

    def _fact(self, pod_folder: Path, container: Body, watched: Watched | None) -> Facts:
        process = processes.read(pod_directory.container(pod_folder, container["name"]))
        current = (
            watched is not None and process.state is State.RUNNING and watched.started == process.started
        )
        health = watched.health if watched is not None and current else probes.Health()
        words = last_words(pod_folder, container, process)
        line = last_line(pod_folder, container) if process.exit_code else ""
        return Facts(process, started=health.started, ready=health.ready, words=words, line=line)

    def _prepare(self, pod: Stored, worker: Worker) -> None:
        worker.preparing = True
        self._spawn(pod, worker, self._preparing(pod, worker))

    async def _preparing(self, pod: Stored, worker: Worker) -> None:
        try:
            worker.prepared = await self._preparation.prepare(
                pod, lambda line: self._progress(pod, worker, line)
            )
            worker.why, worker.patience = None, FIRST_PATIENCE
        except Hindered as why:
            self._hindered(pod, worker, why)
        finally:
            worker.preparing = False

    def _hindered(self, pod: Stored, worker: Worker, why: Hindered) -> None:
        """Say so; whoever waits for an object hears of it, anything else is tried again after a while."""
        if worker.why is None or worker.why.message != why.message:
            self.engine.say(pod.ref, why.reason, why.message)
        worker.why = why
        live = self.engine.store.get(pod.ref)
        if live is None or live.uid != pod.uid:
            return
        self.engine.set_status(pod.ref, pod_status.hindered(live, why, self.engine.now()))
        worker.not_before = time.monotonic() + worker.patience
        worker.patience = min(worker.patience * 2, LAST_PATIENCE)

    def _progress(self, pod: Stored, worker: Worker, line: str) -> None:
        """Once a second is often enough for a person to follow."""
        live = self.engine.store.get(pod.ref)
        if live is not None and live.uid == pod.uid and time.monotonic() - worker.said > 1.0:
            worker.said = time.monotonic()
            why = Hindered(line, "PreparingEnvironment")
            self.engine.set_status(pod.ref, pod_status.hindered(live, why, self.engine.now()))

    async def _start(self, pod: Stored, worker: Worker, names: list[str]) -> None:
        launches = worker.prepared.launches if worker.prepared else {}
        folder = self._preparation.directory(pod)
        for name in names:
            directory = pod_directory.container(folder, name)
            try:
                await asyncio.to_thread(processes.start, directory, launches[name])
            except processes.CannotStart as error:
                self._hindered(pod, worker, Hindered(str(error), "CreateContainerError"))
                return
            self._notices.attend(directory)

    def _watch(self, pod: Stored, worker: Worker, facts: Mapping[str, Facts]) -> None:
        """Probes for what runs; what runs without any is well as soon as it runs."""
        for container in main_containers(pod):
            name = container["name"]
            process, watched = facts[name].process, worker.watched.get(name)
            if watched is not None and watched.started != process.started:
                watched.task.cancel()
                watched = worker.watched.pop(name, None) and None
            if process.state is State.RUNNING and watched is None:
                worker.watched[name] = self._watched(pod, container, worker, process.started)
            elif watched is not None and not watched.health.live and not watched.restarting:
                watched.restarting = True
                self._restart(pod, container, watched)

    def _watched(self, pod: Stored, container: Body, worker: Worker, started: float) -> Watched:
        health = _remembered(pod, container["name"], started)
        watching = probes.watch(
            container, self._target(pod, container, worker), health, lambda: self.queue(pod.ref)
        )
        if not _has_probes(container):
            health.started = health.ready = True
        return Watched(started, health, self._task(watching))

    def _target(self, pod: Stored, container: Body, worker: Worker) -> probes.Target:
        launch = worker.prepared.launches[container["name"]] if worker.prepared else None
        root = pod_directory.root(self._preparation.directory(pod), container["name"])
        ports = pod.status.get(LOCAL_PORTS) or {}
        return probes.Target(ports, launch.env if launch else {}, launch.cwd if launch else root)

    def _restart(self, pod: Stored, container: Body, watched: Watched) -> None:
        why = f"container {container['name']} is started again: {watched.health.why}"
        self.engine.say(pod.ref, "Unhealthy", why)
        processes.restart(pod_directory.container(self._preparation.directory(pod), container["name"]))

    def _end(self, pod: Stored, worker: Worker) -> None:
        if worker.task is not None:
            if worker.preparing:
                worker.task.cancel()
            return
        folder = self._preparation.directory(pod)
        alive = [c for c in containers(pod) if processes.is_alive(pod_directory.container(folder, c["name"]))]
        if not alive:
            worker.close()
            self._spawn(pod, worker, self._remove(pod, folder))
        elif not worker.stopped:
            worker.stopped = True
            self._spawn(pod, worker, self._stop(pod, worker, alive))

    async def _stop(self, pod: Stored, worker: Worker, alive: list[Body]) -> None:
        """No new request reaches it, its hooks have their say, then it is asked to end."""
        began = time.monotonic()
        folder, grace = self._preparation.directory(pod), _grace(pod)
        if is_ready(pod) and pod.status.get(LOCAL_PORTS) and not self.hurried:
            await asyncio.sleep(SETTLE)
        await asyncio.gather(*(self._pre_stop(pod, c, worker, grace) for c in alive))
        for container in alive:
            directory = pod_directory.container(folder, container["name"])
            self._notices.attend(directory)
            processes.stop(directory, max(grace - (time.monotonic() - began), 1.0))

    async def _pre_stop(self, pod: Stored, container: Body, worker: Worker, grace: float) -> None:
        hook = (container.get("lifecycle") or {}).get("preStop")
        if hook and not (self.hurried and "sleep" in hook):
            problem = await probes.ask(hook, self._target(pod, container, worker), grace)
            if problem:
                self.engine.say(pod.ref, "FailedPreStopHook", f"container {container['name']}: {problem}")

    async def _remove(self, pod: Stored, folder: Path) -> None:
        def clear() -> None:
            for container in containers(pod):
                processes.kill_orphans(pod_directory.container(folder, container["name"]))
            log_archive.keep(self._places, pod)
            pod_directory.remove(folder)

        await asyncio.to_thread(clear)
        self._workers.pop(pod.uid, None)
        self.engine.remove(pod.ref)

    def _spawn(self, pod: Stored, worker: Worker, work: Coroutine[Any, Any, None]) -> None:
        """One piece of work a Pod at a time; when it is done, the Pod is looked at again."""

        def done(task: asyncio.Task[None]) -> None:
            worker.task = None
            self.queue(pod.ref)

        worker.task = self._task(work)
        worker.task.add_done_callback(done)

    def _task(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)
        return task

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()):
            log.error("work on a Pod broke off", exc_info=error)


def to_start(pod: Stored, facts: Mapping[str, Facts]) -> list[str]:
    """The containers whose turn it is: init containers one after another, then all others at once."""
    again = pod.spec.get("restartPolicy", "Always") != "Never"

    def due(name: str) -> bool:
        state = facts[name].process.state
        return state is State.ABSENT or (state is State.LOST and again)

    for container in pod.spec.get("initContainers") or ():
        name = container["name"]
        if due(name):
            return [name]
        if not facts[name].over or facts[name].exit_code:
            return []
    return [c["name"] for c in main_containers(pod) if due(c["name"])]


def _remembered(pod: Stored, name: str, started: float) -> probes.Health:
    """What a host before this one knew of the same start: a new host is no reason to take a replica out."""
    for status in pod.status.get("containerStatuses") or ():
        since = (status["state"].get("running") or {}).get("startedAt")
        if status["name"] == name and since == timestamp(started):
            return probes.Health(started=bool(status.get("started")), ready=bool(status.get("ready")))
    return probes.Health()


def _has_probes(container: Body) -> bool:
    return any(container.get(probe) for probe in PROBES)


def _needs_environment(pod: Stored) -> bool:
    """A command that runs beside the container needs its variables, after a restart of the host too."""
    asked = [c.get(probe) or {} for c in main_containers(pod) for probe in PROBES]
    hooks = [(c.get("lifecycle") or {}).get("preStop") or {} for c in main_containers(pod)]
    return any("exec" in handler for handler in (*asked, *hooks))


def _grace(pod: Stored) -> float:
    return float(pod.spec.get("terminationGracePeriodSeconds", 30))
