"""The cluster's names: a DNS server for Services and the Pods behind headless ones. All other names do not exist."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import struct
from collections.abc import Callable, Iterable

from cluster_network.plan import DNS

from node_agent.api import Body
from node_agent.endpoints import endpoints
from node_agent.pod_place import DOMAIN

PORT = 53
A, AAAA = 1, 28
TTL = 1
UDP_LIMIT = 512
NO_ERROR, NO_SUCH_NAME = 0, 3


class Names:
    """`service` finds one by namespace and name."""

    def __init__(
        self, service: Callable[[str, str], Body | None], slices: Callable[[], Iterable[Body]]
    ) -> None:
        self._service = service
        self._slices = slices

    def addresses(self, name: str) -> list[str] | None:
        """None where there is no such name."""
        tail = f".svc.{DOMAIN}"
        if not name.lower().endswith(tail):
            return None
        *host, service, namespace = ["", *name.lower().removesuffix(tail).split(".")][-3:]
        found = self._service(namespace, service)
        if found is None or len(name.removesuffix(tail).split(".")) > 3:
            return None
        wanted = host[0] if host else ""
        behind = [e for e in endpoints(self._slices(), namespace, service) if e.ready]
        if wanted:
            return [each.address for each in behind if each.host_name == wanted] or None
        if found["spec"].get("clusterIP", "None") != "None":
            return [found["spec"]["clusterIP"]]
        return [each.address for each in behind] or None


def answer(query: bytes, addresses: Callable[[str], list[str] | None], limit: int = 65535) -> bytes:
    """To a query of one question; cut, and marked so, beyond `limit` bytes."""
    number, flags = struct.unpack_from("!HH", query)
    name, end = _name(query)
    kind = struct.unpack_from("!H", query, end)[0]
    question = query[12 : end + 4]
    found = addresses(name)
    records = [_record(address) for address in found or () if kind == A]
    room = (limit - 12 - len(question)) // len(_record("0.0.0.0"))
    code = NO_SUCH_NAME if found is None else NO_ERROR
    cut = 0x0200 if len(records) > room else 0
    records = records[:room]
    header = struct.pack("!HHHHHH", number, 0x8480 | cut | (flags & 0x0100) | code, 1, len(records), 0, 0)
    return header + question + b"".join(records)


async def serve(names: Names) -> None:
    """Until cancelled."""
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(lambda: _Datagrams(names), local_addr=(DNS, PORT))
    try:
        async with await asyncio.start_server(lambda r, w: _stream(names, r, w), DNS, PORT) as server:
            await server.serve_forever()
    finally:
        transport.close()


class _Datagrams(asyncio.DatagramProtocol):
    transport: asyncio.DatagramTransport

    def __init__(self, names: Names) -> None:
        self._names = names

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:  # type: ignore[override]
        self.transport = transport

    def datagram_received(self, data: bytes, address: tuple[str, int]) -> None:
        with contextlib.suppress(struct.error, IndexError, UnicodeError):
            self.transport.sendto(answer(data, self._names.addresses, UDP_LIMIT), address)


async def _stream(names: Names, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(asyncio.IncompleteReadError, struct.error, IndexError, UnicodeError):
        while True:
            (length,) = struct.unpack("!H", await reader.readexactly(2))
            said = answer(await reader.readexactly(length), names.addresses)
            writer.write(struct.pack("!H", len(said)) + said)
    writer.close()


def _name(query: bytes) -> tuple[str, int]:
    labels, place = [], 12
    while length := query[place]:
        labels.append(query[place + 1 : place + 1 + length].decode("ascii"))
        place += 1 + length
    return ".".join(labels), place + 1


def _record(address: str) -> bytes:
    """It refers to the name in the question."""
    return struct.pack("!HHHIH", 0xC00C, A, 1, TTL, 4) + ipaddress.IPv4Address(address).packed
