"""Which Pods are ours: bound to one of our nodes. Each has a worker as long as it is there."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

from node_agent.api import Body
from node_agent.informer import Name
from node_agent.machine import Machine
from node_agent.pod_worker import PodWorker
from node_agent.references import Reference


class Pods:
    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._workers: dict[str, PodWorker] = {}
        self._names: dict[Name, str] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def __iter__(self) -> Iterator[PodWorker]:
        return iter(list(self._workers.values()))

    def find(self, namespace: str, name: str) -> PodWorker | None:
        return self._workers.get(self._names.get((namespace, name), ""))

    def see(self, name: Name, pod: Body | None) -> None:
        """As the watch tells it."""
        if pod is None:
            worker = self.find(*name)
            if worker is not None:
                worker.see(None)
            return
        uid = pod["metadata"]["uid"]
        if uid in self._workers:
            self._workers[uid].see(pod)
        elif _node(pod) in self._machine.node_addresses and not _is_over(pod):
            self._meet(name, pod)

    def hear(self, directory: Path) -> None:
        """Something became of the process in that directory."""
        worker = self._workers.get(directory.parent.parent.name)
        if worker is not None:
            worker.look()

    def changed(self, namespace: str, reference: Reference) -> None:
        for worker in self:
            if worker.pod["metadata"]["namespace"] == namespace:
                worker.changed(reference)

    async def end_on(self, node: str) -> list[Body]:
        """At once, as where a machine is lost: nobody writes a status. The Pods that ran there."""
        ours = {uid: worker.pod for uid, worker in self._workers.items() if _node(worker.pod) == node}
        tasks = [self._tasks[uid] for uid in ours]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        return list(ours.values())

    def _meet(self, name: Name, pod: Body) -> None:
        uid = pod["metadata"]["uid"]
        worker = self._workers[uid] = PodWorker(self._machine, pod)
        self._names[name] = uid
        self._tasks[uid] = asyncio.create_task(worker.run())
        self._tasks[uid].add_done_callback(lambda _: self._forget(name, uid))

    def _forget(self, name: Name, uid: str) -> None:
        self._workers.pop(uid, None)
        self._tasks.pop(uid, None)
        if self._names.get(name) == uid:
            del self._names[name]


def _node(pod: Body) -> str:
    return str(pod["spec"].get("nodeName", ""))


def _is_over(pod: Body) -> bool:
    """It has ended, and nobody here knows it: before the node was added."""
    over = pod.get("status", {}).get("phase") in ("Succeeded", "Failed")
    return over and "deletionTimestamp" not in pod["metadata"]
