"""The namespaces that the containers of a Pod share, with a network interface of its own on the bridge."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping
from pathlib import Path

from cluster_network.plan import ADDRESS, BRIDGE, POD_RANGE
from namespaces import sandbox_process

from trimtab.reconciler.local import own_python

INTERFACE = "eth0"


class Sandbox:
    """`memory` are folders that the Pod's containers see as file systems in memory, with their mount options."""

    def __init__(self, process: asyncio.subprocess.Process, address: str) -> None:
        self._process = process
        self.pid = process.pid
        self.address = address

    def close(self) -> None:
        """Ends what keeps the namespaces; they go with the last container."""
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()

    async def closed(self) -> None:
        self.close()
        await self._process.wait()


async def start(host_name: str, address: str, memory: Mapping[Path, str], *, own_network: bool) -> Sandbox:
    """`address` is given to its interface; without a network of its own it is the node's, and only noted."""
    options = [text for folder, how in memory.items() for text in (str(folder), how)]
    process = await asyncio.create_subprocess_exec(
        *own_python.command(
            str(sandbox_process.__file__), host_name, "yes" if own_network else "no", *options
        ),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
    )
    sandbox = Sandbox(process, address)
    try:
        assert process.stdout is not None
        if await process.stdout.readline() != b"ready\n":
            raise OSError(f"no namespaces for {host_name}")
        if own_network:
            await _connect(process.pid, address)
    except BaseException:
        sandbox.close()
        raise
    return sandbox


async def _connect(pid: int, address: str) -> None:
    link = f"pod{pid}"
    await run_ip(
        f"link add {link} type veth peer name {INTERFACE} address {_hardware(address)} netns {pid}",
        f"link set {link} master {BRIDGE} up",
    )
    await run_ip(
        "link set lo up",
        f"addr add {address}/{POD_RANGE.partition('/')[2]} dev {INTERFACE}",
        f"link set {INTERFACE} up",
        f"route add default via {ADDRESS}",
        inside=pid,
    )


def _hardware(address: str) -> str:
    """Of its address alone: whoever knew an earlier Pod at the same one reaches this one too."""
    return ":".join(["02", "00", *(f"{int(part):02x}" for part in address.split("."))])


async def run_ip(*lines: str, inside: int = 0) -> None:
    """In this network namespace, or that of a process. Raises `OSError`."""
    prefix = ["nsenter", f"--net=/proc/{inside}/ns/net", "--"] if inside else []
    process = await asyncio.create_subprocess_exec(
        *prefix,
        "ip",
        "-batch",
        "-",
        stdin=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    _, said = await process.communicate("\n".join([*lines, ""]).encode())
    if process.returncode:
        raise OSError(said.decode().strip())
