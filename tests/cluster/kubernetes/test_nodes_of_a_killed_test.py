"""A test that is killed leaves nothing of its cluster behind: no server, no Pod, no folder."""

from __future__ import annotations

import os
import subprocess
import sys
import uuid
from pathlib import Path

from cluster_network import start_network
from held_processes import eventually
from node_agent.fixtures import ClusterWithNodes

SUPPORT = Path(__file__).parents[2] / "support"

OWNER = """
import sys, time
import control_plane
from cluster_network import start_network
from node_agent import Node, start_nodes, this_python

container = {"name": "main", "image": "example.com/python", "command": ["sleep", "1000", sys.argv[1]]}
with (
    start_network() as network,
    control_plane.start(
        address=network.address, prefix=network.prefix, reach=network.reach, folder=network.directory / "plane"
    ) as plane,
    start_nodes(plane, network, {"example.com/python": this_python()}, [Node("one")]),
):
    while not plane.api.get("/api/v1/namespaces/default/serviceaccounts")["items"]:
        time.sleep(0.05)
    pod = {"metadata": {"name": "one"}, "spec": {"containers": [container]}}
    plane.api.create("/api/v1/namespaces/default/pods", pod)
    while plane.api.get("/api/v1/namespaces/default/pods/one")["status"]["phase"] != "Running":
        time.sleep(0.05)
    print(network.directory, flush=True)
    time.sleep(1000)
"""


def programs(*words: str) -> list[str]:
    """Command lines of this machine's processes that name one of the words."""
    found = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = file.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if any(word in line for word in words):
            found.append(line)
    return found


def test_nothing_is_left(cluster_with_nodes: ClusterWithNodes) -> None:
    """The fixture only says whether such a cluster can be had here; and that another one is left alone."""
    mark, mounts = f"0.{uuid.uuid4().int}", len(Path("/proc/mounts").read_text().splitlines())
    owner = subprocess.Popen(
        [sys.executable, "-c", OWNER, mark],
        env={**os.environ, "PYTHONPATH": str(SUPPORT)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert owner.stdout is not None
    with owner.stdout as said:
        directory = said.readline().strip()
    assert len(programs(f" {mark}")) >= 2, "the owner, and the program of its Pod"
    owner.kill()
    owner.wait(20)
    eventually(lambda: not programs(mark, directory), "the end of all that it started")
    with start_network():
        assert not Path(directory).exists()
    assert len(Path("/proc/mounts").read_text().splitlines()) == mounts
    assert cluster_with_nodes.plane.api.get("/api/v1/nodes")["items"]
