"""Plays kube-proxy: each address and TCP port of a Service is listened on here and leads to whoever is ready.

Where nobody is ready nobody listens, so that a client is refused at once, as in a cluster.
"""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Callable, Iterable
from itertools import count

from cluster_network.forwarding import Address, Forwarder

from node_agent.api import Body
from node_agent.endpoints import endpoints

log = logging.getLogger(__name__)

Backends = Callable[[], list[Address]]


class ServiceAddresses:
    """`slices` gives all EndpointSlices; `look` at a Service when it or one of them has changed."""

    def __init__(self, slices: Callable[[], Iterable[Body]]) -> None:
        self._slices = slices
        self._open: dict[tuple[str, str], dict[Address, Forwarder]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def look(self, namespace: str, name: str, service: Body | None) -> None:
        wanted = {} if service is None else self._wanted(namespace, name, service)
        ours = self._open.setdefault((namespace, name), {})
        for address in ours.keys() - wanted.keys():
            ours.pop(address).close()
        for address in wanted.keys() - ours.keys():
            ours[address] = self._listen(address, wanted[address])

    def _wanted(self, namespace: str, name: str, service: Body) -> dict[Address, Backends]:
        spec = service["spec"]
        if spec.get("clusterIP", "None") in ("None", ""):
            return {}
        found = {}
        for port in spec.get("ports") or ():
            backends = self._backends(namespace, name, port.get("name") or "")
            if port.get("protocol", "TCP") == "TCP" and backends():
                found[spec["clusterIP"], port["port"]] = backends
        return found

    def _backends(self, namespace: str, name: str, port: str) -> Backends:
        """All that are ready, each time beginning with the next one."""
        turns = count()

        def in_turn() -> list[Address]:
            ready = [
                (each.address, each.ports[port])
                for each in endpoints(self._slices(), namespace, name)
                if each.ready and port in each.ports
            ]
            first = next(turns) % len(ready) if ready else 0
            return ready[first:] + ready[:first]

        return in_turn

    def _listen(self, address: Address, backends: Backends) -> Forwarder:
        forwarder = Forwarder(backends)
        try:
            listener = socket.create_server(address, backlog=1024)
        except OSError as error:
            log.warning("Service address %s: %s", address, error)
            return forwarder
        task = asyncio.create_task(forwarder.listen(listener))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return forwarder
