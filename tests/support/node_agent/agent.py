"""The agent as a test sees it: started in a process of its own, told what to do, ended with all that it runs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from cluster_network import Network
from control_plane import Access

from node_agent.images import Image
from node_agent.node import Node

SUPPORT = Path(__file__).resolve().parent.parent
USER, GROUP = "system:node-agent", "system:masters"
PATIENCE = 60.0


class Failed(Exception):
    """The agent could not do what it was told; the text is its own word."""


class NodeAgent:
    """Commands return when they are done."""

    def __init__(self, process: subprocess.Popen[str], log: Path) -> None:
        self._process = process
        self._lock = threading.Lock()
        self.log = log

    def add_images(self, images: Mapping[str, Image]) -> None:
        """By whole name, by digest, or by repository for all its tags and digests. A Pod that waits for one starts."""
        self._tell("add_images", {name: asdict(image) for name, image in images.items()})

    def add_node(self, node: Node) -> None:
        """Pods can be bound to it when this returns."""
        self._tell("add_node", asdict(node))

    def remove_node(self, name: str) -> None:
        """Its processes are killed, its Node object is deleted, then its Pods: the machine is gone."""
        self._tell("remove_node", name)

    def evict(self, namespace: str, pod: str, message: str = "The node was low on resource: memory.") -> None:
        """As a kubelet under pressure does. (An eviction by the API needs nobody's help.)"""
        self._tell("evict", namespace, pod, message)

    def run_out_of_memory(self, namespace: str, pod: str, container: str) -> None:
        """The container is killed as by the kernel when it had more memory than its limit."""
        self._tell("run_out_of_memory", namespace, pod, container)

    def _tell(self, *command: object) -> None:
        with self._lock:
            assert self._process.stdin is not None
            print(json.dumps(command), file=self._process.stdin, flush=True)
            self.heard()

    def heard(self) -> None:
        """Wait for the next answer. Raises `Failed`."""
        assert self._process.stdout is not None
        answer = json.loads(self._process.stdout.readline() or json.dumps({"error": "the agent has ended"}))
        if "error" in answer:
            raise Failed(f"{answer['error']}\n{self.log.read_text()[-3000:]}")


@contextmanager
def start_nodes(
    plane: Access, network: Network, images: Mapping[str, Image], nodes: Sequence[Node]
) -> Iterator[NodeAgent]:
    """`plane` runs in `network`. All nodes take Pods when this is entered; nothing of them is left afterwards."""
    folder = network.directory / "nodes"
    folder.mkdir()
    settings = folder / "settings.json"
    pair = plane.authority.client(USER, [GROUP])
    told = {
        "folder": str(folder),
        "url": plane.places.url,
        "ca": str(plane.authority.certificate),
        "certificate": str(pair.certificate),
        "key": str(pair.key),
        "authority": str(plane.authority.folder),
    }
    settings.write_text(json.dumps(told))
    process = _start(network, settings, folder / "log")
    try:
        agent = NodeAgent(process, folder / "log")
        agent.heard()
        agent.add_images(images)
        for node in nodes:
            agent.add_node(node)
        yield agent
    finally:
        _close(process)


def _start(network: Network, settings: Path, log: Path) -> subprocess.Popen[str]:
    with log.open("ab") as sink:
        return subprocess.Popen(
            [*network.prefix, sys.executable, "-m", "node_agent", str(settings)],
            env={**os.environ, "PYTHONPATH": str(SUPPORT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=sink,
            text=True,
            start_new_session=True,
        )


def _close(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.close()
    try:
        process.wait(PATIENCE)
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
