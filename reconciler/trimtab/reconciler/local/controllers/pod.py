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
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from trimtab.compiler.bundle import Ref
from trimtab.reconciler.local import log_archive, pod_directory, processes
from trimtab.reconciler.local.controllers import pod_status
from trimtab.reconciler.local.controllers.controller import POD, Controller, is_ended, is_ready
from trimtab.reconciler.local.controllers.hindrance import Hindered
from trimtab.reconciler.local.controllers.pod_status import Facts
from trimtab.reconciler.local.controllers.preparing import Preparation, containers, main_containers
from trimtab.reconciler.local.controllers.probing import Probing, needs_environment
from trimtab.reconciler.local.engine import Engine
from trimtab.reconciler.local.launch import Launch, State
from trimtab.reconciler.local.objects import Body, Stored
from trimtab.reconciler.local.observing import LOCAL_PORTS
from trimtab.reconciler.local.places import Places
from trimtab.reconciler.local.service_addresses import SETTLE
from trimtab.reconciler.local.store import Change
from trimtab.reconciler.local.termination import last_line, last_words

log = logging.getLogger(__name__)

FIRST_PATIENCE, LAST_PATIENCE = 5.0, 300.0
"""Seconds before something that failed (an environment, a full disk) is tried again by itself."""

PREREQUISITES = frozenset({"ConfigMap", "PersistentVolumeClaim", "Service"})


class Attention(Protocol):
    def attend(self, directory: Path) -> None: ...


@dataclass(slots=True)
class Worker:
    """What is going on with one Pod at the moment; lost with the host, and made again by the next."""

    folder: Path
    probing: Probing
    launches: Mapping[str, Launch] | None = None
    task: asyncio.Task[None] | None = None
    preparing: bool = False
    why: Hindered | None = None
    patience: float = FIRST_PATIENCE
    not_before: float = 0.0
    said: float = 0.0
    stopped: bool = False

    def directory(self, container: Body) -> Path:
        return pod_directory.container(self.folder, container["name"])

    def close(self) -> None:
        self.probing.close()
        if self.task is not None:
            self.task.cancel()

    def hindered(self, why: Hindered) -> bool:
        """Take note of what is in the way; whether it is news."""
        news = self.why is None or self.why.message != why.message
        self.why = why
        self.not_before = time.monotonic() + self.patience
        self.patience = min(self.patience * 2, LAST_PATIENCE)
        return news


class PodController(Controller):
    kind = POD

    def __init__(self, engine: Engine, places: Places, notices: Attention) -> None:
        super().__init__(engine)
        self._places = places
        self._notices = notices
        self._preparation = Preparation(engine, places)
        self._workers: dict[str, Worker] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self.halted = False
        """Nothing is started any more, only watched and ended."""
        self.hurried = False
        """Everything ends together: nobody has to be told that requests should go elsewhere."""

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
        worker = self._workers.get(stored.uid) or self._met(stored)
        if stored.deleting:
            self._end(stored, worker)
        elif is_ended(stored):
            self._workers.pop(stored.uid).close()
        elif worker.task is None and not self.halted:
            return self._bring_up(stored, worker)
        return None

    def _met(self, pod: Stored) -> Worker:
        """A Pod that is new to this host: whatever it has running already is heard of from now on."""
        folder = self._preparation.directory(pod)
        probing = Probing(folder, self._task, lambda: self.queue(pod.ref))
        worker = self._workers[pod.uid] = Worker(folder, probing)
        for container in containers(pod):
            if processes.is_alive(worker.directory(container)):
                self._notices.attend(worker.directory(container))
        return worker

    def _bring_up(self, pod: Stored, worker: Worker) -> float | None:
        facts = self._facts(pod, worker)
        starts = to_start(pod, facts)
        if worker.launches is None and (starts or (needs_environment(pod) and worker.why is None)):
            left = worker.not_before - time.monotonic()
            if left > 0:
                return left
            worker.preparing = True
            self._spawn(pod, worker, self._prepare(pod, worker))
        elif starts:
            self._spawn(pod, worker, self._start(pod, worker, starts))
        else:
            self._follow(pod, worker, facts)
            self._report(pod, worker)
        return None

    def _facts(self, pod: Stored, worker: Worker) -> dict[str, Facts]:
        return {container["name"]: _fact(worker, container) for container in containers(pod)}

    def _follow(self, pod: Stored, worker: Worker, facts: Mapping[str, Facts]) -> None:
        running = {name: each.process for name, each in facts.items()}
        for name, why in worker.probing.follow(pod, running, worker.launches or {}):
            self.engine.say(pod.ref, "Unhealthy", f"container {name} is started again: {why}")
            processes.restart(pod_directory.container(worker.folder, name))

    def _report(self, pod: Stored, worker: Worker) -> None:
        live, facts = self.engine.store.get(pod.ref) or pod, self._facts(pod, worker)
        status = pod_status.running(live, facts, self.engine.now())
        for container in containers(pod):
            state = facts[container["name"]].process.state
            if state is State.LOST or (status["phase"] == "Failed" and state is not State.ABSENT):
                processes.stop(
                    worker.directory(container)
                )  # what a killed shim left, or what no longer matters
        self.engine.set_status(pod.ref, status)

    async def _prepare(self, pod: Stored, worker: Worker) -> None:
        try:
            prepared = await self._preparation.prepare(pod, lambda line: self._progress(pod, worker, line))
            worker.launches, worker.why, worker.patience = prepared.launches, None, FIRST_PATIENCE
        except Hindered as why:
            self._hindered(pod, worker, why)
        except Exception as error:
            log.exception("%s could not be prepared", pod.ref)
            self._hindered(pod, worker, Hindered(f"a fault of the engine: {error!r}", "CreateContainerError"))
        finally:
            worker.preparing = False

    def _hindered(self, pod: Stored, worker: Worker, why: Hindered) -> None:
        """Say so. What waits for an object hears of it, anything else is tried again after a while."""
        if worker.hindered(why):
            self.engine.say(pod.ref, why.reason, why.message)
        if all(each.process.state is State.ABSENT for each in self._facts(pod, worker).values()):
            self._show(pod, why)

    def _progress(self, pod: Stored, worker: Worker, line: str) -> None:
        """Once a second is often enough for a person to follow."""
        if time.monotonic() - worker.said > 1.0:
            worker.said = time.monotonic()
            self._show(pod, Hindered(line, "PreparingEnvironment"))

    def _show(self, pod: Stored, why: Hindered) -> None:
        live = self.engine.store.get(pod.ref)
        if live is not None and live.uid == pod.uid:
            self.engine.set_status(pod.ref, pod_status.hindered(live, why, self.engine.now()))

    async def _start(self, pod: Stored, worker: Worker, names: list[str]) -> None:
        for name in names:
            directory = pod_directory.container(worker.folder, name)
            try:
                await asyncio.to_thread(processes.start, directory, (worker.launches or {})[name])
            except processes.CannotStart as error:
                worker.launches = None
                self._hindered(pod, worker, Hindered(str(error), "CreateContainerError"))
                return
            self._notices.attend(directory)

    def _end(self, pod: Stored, worker: Worker) -> None:
        if worker.task is not None:
            if worker.preparing:
                worker.task.cancel()
            return
        alive = [
            container for container in containers(pod) if processes.is_alive(worker.directory(container))
        ]
        if not alive:
            worker.probing.close()
            self._spawn(pod, worker, self._remove(pod, worker))
        elif not worker.stopped:
            worker.stopped = True
            self._spawn(pod, worker, self._stop(pod, worker, alive))

    async def _stop(self, pod: Stored, worker: Worker, alive: list[Body]) -> None:
        """No new request reaches it, its hooks have their say, then it is asked to end."""
        began, grace = time.monotonic(), float(pod.spec.get("terminationGracePeriodSeconds", 30))
        if is_ready(pod) and pod.status.get(LOCAL_PORTS) and not self.hurried:
            await asyncio.sleep(SETTLE)
        await asyncio.gather(*(self._before_stop(pod, worker, container, grace) for container in alive))
        for container in alive:
            self._notices.attend(worker.directory(container))
            processes.stop(worker.directory(container), max(grace - (time.monotonic() - began), 1.0))

    async def _before_stop(self, pod: Stored, worker: Worker, container: Body, grace: float) -> None:
        launches, hurried = worker.launches or {}, self.hurried
        problem = await worker.probing.before_stop(pod, container, launches, grace, hurried=hurried)
        if problem:
            self.engine.say(pod.ref, "FailedPreStopHook", f"container {container['name']}: {problem}")

    async def _remove(self, pod: Stored, worker: Worker) -> None:
        def clear() -> None:
            for container in containers(pod):
                processes.kill_orphans(worker.directory(container))
            log_archive.keep(self._places, pod)
            pod_directory.remove(worker.folder)

        await asyncio.to_thread(clear)
        self._workers.pop(pod.uid, None)
        self.engine.remove(pod.ref)

    def _spawn(self, pod: Stored, worker: Worker, work: Coroutine[Any, Any, None]) -> None:
        """One piece of work a Pod at a time; when it is done, the Pod is looked at again."""

        def done(task: asyncio.Task[None]) -> None:
            worker.task = None
            failed = not task.cancelled() and task.exception() is not None
            self.queue(pod.ref, FIRST_PATIENCE if failed else 0.0)

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


def _fact(worker: Worker, container: Body) -> Facts:
    process = processes.read(worker.directory(container))
    health = worker.probing.health(container["name"], process)
    words = last_words(worker.folder, container, process)
    line = last_line(worker.folder, container) if process.exit_code else ""
    return Facts(process, started=health.started, ready=health.ready, words=words, line=line)


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
