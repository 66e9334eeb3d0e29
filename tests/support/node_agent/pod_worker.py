"""One Pod, from being bound to its node until it is gone: its containers started in order, watched, ended.

What its processes are is read from their directories each time. Shims start again what ends by itself.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import time
from collections.abc import Mapping
from datetime import datetime

from node_agent import preparing
from node_agent.api import STRATEGIC, Body, Refused, path
from node_agent.container import Surroundings, is_sidecar, launch, restart
from node_agent.container_status import Facts
from node_agent.images import find
from node_agent.last_words import last_words, start_error
from node_agent.machine import Machine
from node_agent.pod_fields import Addresses
from node_agent.pod_place import PodPlace
from node_agent.pod_status import OVER, Ending, Situation, pod_status
from node_agent.probing import Probing
from node_agent.program import first_process, read_process
from node_agent.references import Reference, all_containers, references
from node_agent.sandbox import Sandbox
from trimtab.reconciler.local import processes
from trimtab.reconciler.local.controllers.hindrance import Hindered
from trimtab.reconciler.local.launch import Restart, State
from trimtab.reconciler.local.objects import timestamp

log = logging.getLogger(__name__)

FOREVER = 3600.0
AGAIN = 0.5
"""Seconds until what hindered a Pod is looked at again, unless it is heard of before."""
DEADLINE = Ending("DeadlineExceeded", "Pod was active on the node longer than the specified deadline")


class PodWorker:
    """`see` and `end` may be called at any time; `run` does the work."""

    def __init__(self, machine: Machine, pod: Body) -> None:
        self._machine = machine
        self.pod = pod
        self.place = PodPlace(machine.pods / pod["metadata"]["uid"])
        self._host = machine.node_addresses[pod["spec"]["nodeName"]]
        self._sandbox: Sandbox | None = None
        self._around: Surroundings | None = None
        self._hindered: dict[str, Hindered] = {}
        self._probing = Probing(self.place, self.look)
        self._ending: Ending | None = None
        self._out_of_memory: set[str] = set()
        self._sent: Body = {}
        self._gone = self._removed = False
        self._woken = asyncio.Event()
        self._stale = False

    def look(self) -> None:
        self._woken.set()

    def see(self, pod: Body | None) -> None:
        """As it is now; None when there is no such Pod any more."""
        if pod is None:
            self._gone = True
        else:
            self._take(pod)
        self.look()

    def changed(self, reference: Reference) -> None:
        """A ConfigMap or Secret of its namespace."""
        if reference in references(self.pod):
            self._stale = True
            self.look()

    def end(self, ending: Ending) -> None:
        self._ending = self._ending or ending
        self.look()

    def run_out_of_memory(self, name: str) -> None:
        self._out_of_memory.add(name)
        os.kill(first_process(self.place.container(name))[1], signal.SIGKILL)

    async def run(self) -> None:
        try:
            while not self._removed:
                self._woken.clear()
                await self._wait(min(await self._try(), self._deadline()))
        finally:
            await self._clear()

    async def _try(self) -> float:
        """Seconds until it should be tried again, whatever happens."""
        try:
            await self._step()
        except Exception:
            log.exception("Pod %s", self.pod["metadata"]["name"])
            return AGAIN
        return AGAIN if self._hindered else FOREVER

    async def _step(self) -> None:
        phase = self.pod.get("status", {}).get("phase")
        if self._gone:
            self._removed = True
        elif "deletionTimestamp" in self.pod["metadata"]:
            await self._leave()
        elif phase in OVER:
            await self._stop_all(None)
            await self._report()
            await self._close_sandbox()
        elif self._ending is not None:
            await self._stop_all(self._ending.grace)
            await self._report()
        else:
            await self._bring_up()

    def _deadline(self) -> float:
        """Seconds until the Pod has been active for too long."""
        allowed = self.pod["spec"].get("activeDeadlineSeconds")
        if allowed is None or self._ending is not None:
            return FOREVER
        left = self._started + float(allowed) - time.time()
        if left <= 0:
            self.end(DEADLINE)
        return max(left, 0.01)

    async def _wait(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._woken.wait()

    # -- coming up

    async def _bring_up(self) -> None:
        if self._sandbox is None:
            await self._report()
            self._sandbox = await preparing.open_sandbox(self._machine, self.pod, self.place)
        try:
            await self._surround(self._sandbox)
        except Hindered as why:
            self._machine.events.say(self.pod, "FailedMount", why.message)
            self._hindered = {c["name"]: Hindered("", why.reason) for c in all_containers(self.pod)}
        else:
            due = self._due()
            self._hindered = {}
            for container in due:
                await self._start(container)
        self._follow()
        await self._report()

    async def _surround(self, sandbox: Sandbox) -> None:
        if self._around is None or self._stale:
            self._stale = False
            self._around = await preparing.surroundings(self._machine, self.pod, self.place, sandbox)

    def _due(self) -> list[Body]:
        """The containers whose turn it is: init containers one after another, then all others at once."""
        spec, facts = self.pod["spec"], self._facts()
        for container in spec.get("initContainers") or ():
            found = facts[container["name"]]
            if _is_due(spec, container, found):
                return [container]
            if not (found.started if is_sidecar(spec, container) else found.succeeded):
                return []
        return [c for c in spec["containers"] if _is_due(spec, c, facts[c["name"]])]

    async def _start(self, container: Body) -> None:
        name, around = container["name"], self._around
        assert around is not None
        image = find(self._machine.images, container["image"])
        try:
            if image is None:
                raise Hindered(f'Back-off pulling image "{container["image"]}"', "ImagePullBackOff")
            made = await asyncio.to_thread(launch, container, image, around)
            await asyncio.to_thread(processes.start, self.place.container(name), made)
        except Hindered as why:
            self._hindered[name] = why
            self._stale = True
            reason = "Failed" if why.reason != "ImagePullBackOff" else "BackOff"
            self._machine.events.say(self.pod, reason, f"Error: {why.message}")
        except processes.CannotStart as error:
            self._hindered[name] = Hindered(str(error), "CreateContainerError")
        else:
            self._machine.notices.attend(self.place.container(name))
            self._machine.events.say(self.pod, "Started", f"Container started: {name}")

    def _follow(self) -> None:
        """Probes, and sidecars that nobody needs any more."""
        spec, facts = self.pod["spec"], self._facts()
        running = {name: each.process for name, each in facts.items()}
        sidecars = [c for c in spec.get("initContainers") or () if is_sidecar(spec, c)]
        address = self._sandbox.address if self._sandbox else ""
        for name, why in self._probing.follow([*sidecars, *spec["containers"]], running, address):
            self._machine.events.say(self.pod, "Unhealthy", f"Container {name} failed a probe: {why}")
            processes.restart(self.place.container(name))
        if all(facts[c["name"]].over for c in spec["containers"]):
            for container in sidecars:
                processes.stop(self.place.container(container["name"]))
        for name, each in facts.items():
            if each.process.state is State.WAITING:
                self._machine.events.say(self.pod, "BackOff", f"Back-off restarting failed container {name}")

    # -- going

    async def _leave(self) -> None:
        """It was asked to end: its processes first, then the object."""
        await self._stop_all(float(self.pod["metadata"].get("deletionGracePeriodSeconds", 30)))
        await self._close_sandbox()
        await self._report()
        metadata = self.pod["metadata"]
        where = path("v1", "pods", metadata["namespace"], metadata["name"])
        await self._machine.api.delete(where, grace=0, uid=metadata["uid"])

    async def _stop_all(self, grace: float | None) -> None:
        """Returns when all have ended, sidecars last."""
        given = self.pod["spec"].get("terminationGracePeriodSeconds", 30)
        until = time.monotonic() + (float(given) if grace is None else grace)
        spec = self.pod["spec"]
        sidecars = [c for c in spec.get("initContainers") or () if is_sidecar(spec, c)]
        others = [c for c in all_containers(self.pod) if c not in sidecars]
        for group in (others, sidecars):
            await asyncio.gather(*(self._stop(container, until) for container in group))

    async def _stop(self, container: Body, until: float) -> None:
        directory = self.place.container(container["name"])
        if not processes.is_alive(directory):
            return
        hook = (container.get("lifecycle") or {}).get("preStop")
        address = self._sandbox.address if self._sandbox else ""
        if hook and (left := until - time.monotonic()) > 0:
            problem = await self._probing.ask(container, hook, address, left)
            if problem:
                self._machine.events.say(self.pod, "FailedPreStopHook", problem)
        self._machine.events.say(self.pod, "Killing", f"Stopping container {container['name']}")
        processes.stop(directory, max(until - time.monotonic(), 0.0))
        while processes.is_alive(directory):
            self._woken.clear()
            if self._gone:  # deleted by force
                processes.stop(directory, 0)
            await self._wait(AGAIN)
            await self._report()

    async def _close_sandbox(self) -> None:
        self._probing.close()
        if self._sandbox is not None:
            await self._sandbox.closed()
            if not self.pod["spec"].get("hostNetwork"):
                self._machine.addresses.give_back(self._sandbox.address)
            self._sandbox = None

    async def _clear(self) -> None:
        """Nothing of it is left on this machine."""
        directories = [self.place.container(c["name"]) for c in all_containers(self.pod)]
        for directory in directories:
            await asyncio.to_thread(processes.stop, directory, 0)
        await self._close_sandbox()
        while any(processes.is_alive(directory) for directory in directories):
            await asyncio.sleep(0.01)
        self._machine.events.forget(self.pod)
        await asyncio.to_thread(self.place.remove)

    # -- being told of

    def _take(self, pod: Body) -> None:
        """An event may come later than the response to what caused it."""
        if int(pod["metadata"]["resourceVersion"]) >= int(self.pod["metadata"]["resourceVersion"]):
            self.pod = pod

    @property
    def _started(self) -> float:
        since = self.pod.get("status", {}).get("startTime")
        return datetime.fromisoformat(since).timestamp() if since else time.time()

    def _facts(self) -> Mapping[str, Facts]:
        return {c["name"]: self._fact(c) for c in all_containers(self.pod)}

    def _fact(self, container: Body) -> Facts:
        name = container["name"]
        directory = self.place.container(name)
        process = read_process(directory)
        health = self._probing.health(name, process)
        return Facts(
            process,
            started=health.started,
            ready=health.ready,
            hindered=self._hindered.get(name),
            words=last_words(directory, container, process),
            start_error=start_error(directory, process),
            out_of_memory=name in self._out_of_memory,
        )

    async def _report(self) -> None:
        if self._gone:
            return
        metadata = self.pod["metadata"]
        addresses = Addresses(self._sandbox.address if self._sandbox else "", self._host)
        leaving = "deletionTimestamp" in metadata
        status = pod_status(
            self.pod, Situation(addresses, self._facts(), self._ending, leaving), timestamp(time.time())
        )
        if status == self._sent:
            return
        where = path("v1", "pods", metadata["namespace"], metadata["name"], "status")
        try:
            patch = {"metadata": {"uid": metadata["uid"]}, "status": status}
            self._take(await self._machine.api.patch(where, patch, STRATEGIC))
            self._sent = status
        except Refused as refused:
            if refused.code not in (404, 409):
                raise


def _is_due(spec: Body, container: Body, facts: Facts) -> bool:
    state = facts.process.state
    return state is State.ABSENT or (state is State.LOST and restart(spec, container) is not Restart.NEVER)
