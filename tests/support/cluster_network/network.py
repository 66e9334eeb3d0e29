"""Starting a network and talking to the process that holds it. Where it can't be had, one sentence says why."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from cluster_network import leftovers
from cluster_network.plan import ADDRESS, SERVICE_RANGE

SUPPORT = Path(__file__).resolve().parent.parent
PATIENCE = 30.0
"""Seconds for the end of everything that runs in it."""


class Unavailable(Exception):
    """No network can be made on this machine. The text is the reason, for people."""


class Network:
    """`prefix` before a command runs it inside; it becomes the command, so its process id is the command's own."""

    address = ADDRESS
    """Of the cluster itself, on the bridge: servers that Pods talk to listen here."""
    service_range = SERVICE_RANGE
    """Each address in it can be bound inside."""

    def __init__(self, directory: Path, holder: subprocess.Popen[str]) -> None:
        self.directory = directory
        """Belongs to this network, is deleted with it."""
        self.holder = holder.pid
        self.prefix = (
            "env",
            f"{leftovers.MARK}={directory}",
            "nsenter",
            f"--net=/proc/{holder.pid}/ns/net",
            "--",
        )
        self._holder = holder
        self._lock = threading.Lock()

    def reach(self, host: str, port: int) -> int:
        """A port on the caller's own 127.0.0.1 that leads to `host:port` inside, as long as the network lasts.

        The same one if asked again. Nobody has to listen there yet. Each byte passes through one more process: what is
        measured should run inside.
        """
        with self._lock:
            assert self._holder.stdin is not None
            print(json.dumps([host, port]), file=self._holder.stdin, flush=True)
            return int(_answer(self._holder)["port"])


@contextmanager
def start_network() -> Iterator[Network]:
    """Raises `Unavailable`. What an earlier one left behind, whose test died, is removed first."""
    if why := _hindrance():
        raise Unavailable(why)
    with leftovers.registry():
        leftovers.remove()
        directory, lock = leftovers.claim()
    holder = _start(directory, lock)
    os.close(lock)
    try:
        _answer(holder)
        yield Network(directory, holder)
    finally:
        _close(holder)
        with leftovers.registry():
            leftovers.remove()


def _hindrance() -> str:
    if sys.platform != "linux":
        return "network namespaces are Linux's"
    if os.geteuid() != 0:
        return "a network namespace of the tests' own needs root"
    missing = [name for name in ("ip", "nsenter", "env") if shutil.which(name) is None]
    return f"{missing[0]} is not installed" if missing else ""


def _start(directory: Path, lock: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "cluster_network", str(directory)],
        env={**os.environ, "PYTHONPATH": str(SUPPORT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        pass_fds=[lock],
        start_new_session=True,
    )


def _answer(holder: subprocess.Popen[str]) -> dict[str, Any]:
    stream: IO[str] | None = holder.stdout
    assert stream is not None
    answer: dict[str, Any] = json.loads(
        stream.readline() or '{"error": "the holder of the network has died"}'
    )
    if "error" in answer:
        raise Unavailable(answer["error"])
    return answer


def _close(holder: subprocess.Popen[str]) -> None:
    assert holder.stdin is not None
    assert holder.stdout is not None
    holder.stdin.close()
    holder.wait(PATIENCE)
    holder.stdout.close()
