"""The holder of a network: makes it, opens doors to it, and ends everything in it with its test.

    python -m cluster_network <directory>

A line `[host, port]` on stdin asks for a door; the answer is a line too. It ends with stdin, or with its parent.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
import subprocess
import sys

from namespaces import linux

from cluster_network import leftovers
from cluster_network.forwarding import Address, Forwarder
from cluster_network.plan import ADDRESS, BRIDGE, BRIDGE_HARDWARE, POD_RANGE, SERVICE_RANGE

LINKS = f"""\
link set lo up
link add {BRIDGE} address {BRIDGE_HARDWARE} type bridge
addr add {ADDRESS}/{POD_RANGE.partition("/")[2]} dev {BRIDGE}
link set {BRIDGE} up
route add local {SERVICE_RANGE} dev lo
"""


class Doors:
    """A listener belongs to the namespace in which it was made: so doors are made outside and lead inside."""

    def __init__(self, outside: int, inside: int) -> None:
        self._outside = outside
        self._inside = inside
        self._doors: dict[Address, tuple[int, Forwarder]] = {}

    async def open(self, address: Address) -> int:
        if address not in self._doors:
            linux.setns(self._outside)
            try:
                listener = socket.create_server(("127.0.0.1", 0))
            finally:
                linux.setns(self._inside)
            forwarder = Forwarder(lambda: [address])
            await forwarder.listen(listener)
            self._doors[address] = listener.getsockname()[1], forwarder
        return self._doors[address][0]


async def hold(doors: Doors) -> None:
    """Until nobody needs it any more."""
    loop, over = asyncio.get_running_loop(), asyncio.Event()
    parent = os.pidfd_open(os.getppid())
    loop.add_reader(parent, over.set)
    lines = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    answering = loop.create_task(_answer(lines, doors))
    answering.add_done_callback(lambda _: over.set())
    await over.wait()
    loop.remove_reader(parent)
    answering.cancel()


async def _answer(lines: asyncio.StreamReader, doors: Doors) -> None:
    while line := await lines.readline():
        host, port = json.loads(line)
        print(json.dumps({"port": await doors.open((host, port))}), flush=True)


def main() -> int:
    outside = os.open("/proc/self/ns/net", os.O_RDONLY)
    try:
        linux.unshare(linux.CLONE_NEWNET)
        subprocess.run(["ip", "-batch", "-"], input=LINKS, text=True, check=True, capture_output=True)
    except OSError as error:
        print(json.dumps({"error": f"no network namespace can be made here: {error}"}), flush=True)
        return 1
    except subprocess.CalledProcessError as error:
        print(json.dumps({"error": f"the network could not be made: {error.stderr.strip()}"}), flush=True)
        return 1
    print("{}", flush=True)
    try:
        asyncio.run(hold(Doors(outside, os.open("/proc/self/ns/net", os.O_RDONLY))))
    finally:
        leftovers.kill_inside()
    return 0


if __name__ == "__main__":
    sys.exit(main())
