"""Who is behind a Service: what EndpointSlices say, pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from node_agent.api import Body

SERVICE_LABEL = "kubernetes.io/service-name"


class Endpoint(NamedTuple):
    address: str
    host_name: str
    ready: bool
    ports: dict[str, int]
    """By the name of the Service's port, empty for its only one."""


def service_of(slice_: Body) -> tuple[str, str]:
    """Namespace and name."""
    metadata = slice_["metadata"]
    return metadata["namespace"], (metadata.get("labels") or {}).get(SERVICE_LABEL, "")


def endpoints(slices: Iterable[Body], namespace: str, service: str) -> Iterator[Endpoint]:
    for slice_ in slices:
        if service_of(slice_) != (namespace, service) or slice_.get("addressType") != "IPv4":
            continue
        ports = {port.get("name") or "": port["port"] for port in slice_.get("ports") or () if "port" in port}
        for each in slice_.get("endpoints") or ():
            ready = (each.get("conditions") or {}).get("ready") is not False
            for address in each["addresses"]:
                yield Endpoint(address, each.get("hostname", ""), ready, ports)
