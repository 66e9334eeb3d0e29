"""The agent's process, inside the network: all its parts, and the commands of the test on stdin.

    python -m node_agent <settings.json>

A line `[command, argument...]` on stdin is answered by a line, `{}` or `{"error": ...}`. It ends with stdin.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import sys
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from control_plane.authority import Authority

from node_agent import addresses, names, orphans
from node_agent.api import Access, Api, Body, path
from node_agent.endpoints import service_of
from node_agent.events import Events
from node_agent.images import Image
from node_agent.informer import Informer, Name
from node_agent.log_server import LogServer
from node_agent.machine import Machine
from node_agent.node import Node
from node_agent.pod_status import Ending
from node_agent.pods import Pods
from node_agent.provisioner import Provisioner
from node_agent.references import CONFIG_MAPS, SECRETS
from node_agent.registration import Registration
from node_agent.service_addresses import ServiceAddresses
from trimtab.reconciler.local.notices import Notices

log = logging.getLogger(__name__)

FAREWELL = 10.0
"""Seconds for taking leave of an API server that may be gone already."""


class Agent:
    def __init__(self, api: Api, notices: Notices, settings: dict[str, Any]) -> None:
        folder = Path(settings["folder"]).resolve()
        self._api = api
        self._registration = Registration(api)
        self._services = Informer(api, path("v1", "services"), self._service_changed)
        self._slices = Informer(api, path("discovery.k8s.io/v1", "endpointslices"), self._slice_changed)
        machine = Machine(
            api=api,
            events=Events(api),
            images={},
            addresses=addresses.of_pods(),
            notices=notices,
            notices_path=folder / "notices",
            pods=folder / "pods",
            services=lambda: list(self._services),
            node_addresses=self._registration.addresses,
        )
        self._images = machine.images
        self._pods = Pods(machine)
        authority = Authority.read(Path(settings["authority"]), "authority")
        self._logs = LogServer(self._pods, authority)
        self._service_addresses = ServiceAddresses(lambda: self._slices)
        self._provisioner = Provisioner(api, folder / "claims")
        self._bound = Informer(api, path("v1", "pods"), self._pods.see)
        self._informers = [
            self._services,
            self._slices,
            self._bound,
            Informer(api, path("v1", CONFIG_MAPS), lambda name, _: self._changed(CONFIG_MAPS, name)),
            Informer(api, path("v1", SECRETS), lambda name, _: self._changed(SECRETS, name)),
            Informer(api, path("v1", "persistentvolumeclaims"), self._provisioner.see_claim),
            Informer(api, path("v1", "persistentvolumes"), self._provisioner.see_volume),
        ]
        self._notices = notices

    async def run(self) -> None:
        """Until stdin ends."""
        async with asyncio.TaskGroup() as group:
            work = [informer.run() for informer in self._informers]
            serving = names.serve(names.Names(self._services.get, lambda: self._slices))
            tasks = [group.create_task(each) for each in (*work, serving, self._hear())]
            for informer in self._informers:
                await informer.synced.wait()
            await self._provisioner.make_class()
            print("{}", flush=True)
            await self._obey()
            await self._leave()
            for task in tasks:
                task.cancel()

    async def add_images(self, images: dict[str, dict[str, Any]]) -> None:
        self._images.update({name: Image(**image) for name, image in images.items()})

    async def add_node(self, node: dict[str, Any]) -> None:
        await self._registration.add(Node(**node))
        await self._logs.open(node["name"], self._registration.addresses[node["name"]])
        for pod in self._bound:
            self._pods.see((pod["metadata"]["namespace"], pod["metadata"]["name"]), pod)

    async def remove_node(self, name: str) -> None:
        await orphans.collect(self._api, await self._lose(name))

    async def _leave(self) -> None:
        """All that runs is ended; then the cluster is told, if it still listens."""
        nodes = list(self._registration.addresses)
        for node in nodes:
            await self._pods.end_on(node)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(FAREWELL):
                for node in nodes:
                    await self._lose(node)

    async def _lose(self, name: str) -> list[Body]:
        pods = await self._pods.end_on(name)
        await self._logs.close(name)
        await self._registration.remove(name)
        return pods

    async def evict(self, namespace: str, name: str, message: str) -> None:
        self._pod(namespace, name).end(Ending("Evicted", message, disruption=True, grace=1.0))

    async def run_out_of_memory(self, namespace: str, name: str, container: str) -> None:
        self._pod(namespace, name).run_out_of_memory(container)

    def _pod(self, namespace: str, name: str) -> Any:
        worker = self._pods.find(namespace, name)
        if worker is None:
            raise LookupError(f"no Pod {namespace}/{name} runs on a node of this agent")
        return worker

    async def _hear(self) -> None:
        async for directory in self._notices:
            self._pods.hear(directory)

    def _service_changed(self, name: Name, service: Body | None) -> None:
        self._service_addresses.look(*name, service)

    def _slice_changed(self, name: Name, slice_: Body | None) -> None:
        """One that went is known by its name alone: so every Service is looked at."""
        if slice_ is not None:
            self._service_addresses.look(*service_of(slice_), self._services.get(*service_of(slice_)))
        else:
            for service in self._services:
                metadata = service["metadata"]
                self._service_addresses.look(metadata["namespace"], metadata["name"], service)

    def _changed(self, kind: str, name: Name) -> None:
        self._pods.changed(name[0], (kind, name[1]))

    async def _obey(self) -> None:
        lines = asyncio.StreamReader()
        loop = asyncio.get_running_loop()
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
        while line := await lines.readline():
            command, *arguments = json.loads(line)
            print(json.dumps(await _answer(getattr(self, command), arguments)), flush=True)


async def _answer(command: Callable[..., Awaitable[None]], arguments: list[Any]) -> dict[str, str]:
    try:
        await command(*arguments)
    except Exception as error:
        log.exception("%s", arguments)
        return {"error": str(error)}
    return {}


async def main(file: str) -> None:
    settings = json.loads(Path(file).read_text())
    folder = Path(settings["folder"]).resolve()
    access = Access(settings["url"], *(Path(settings[key]) for key in ("ca", "certificate", "key")))
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(access.session())
        notices = await stack.enter_async_context(Notices(folder / "notices"))
        await Agent(Api(session), notices, settings).run()


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(name)s %(message)s")
    asyncio.run(main(sys.argv[1]))
