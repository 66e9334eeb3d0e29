"""Fixtures: a control plane with nodes, one a session and started when first asked for; a namespace of it for a test.

Skipped, with the reason, where no network namespace can be made or the programs can't be built.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import NamedTuple

import pytest
from cluster_network import Network, Unavailable, start_network
from control_plane import ControlPlane, start
from control_plane.fixtures import built, make_namespace

from node_agent.agent import NodeAgent, start_nodes
from node_agent.images import this_python
from node_agent.live_namespace import LiveNamespace
from node_agent.node import Node

PYTHON = "registry.example.com/tests/python"
"""An image of any tag or digest that is the Python of the tests."""
NODES = (Node("node-a"), Node("node-b"))


class ClusterWithNodes(NamedTuple):
    plane: ControlPlane
    network: Network
    agent: NodeAgent


@pytest.fixture(scope="session")
def cluster_with_nodes(pytestconfig: pytest.Config) -> Iterator[ClusterWithNodes]:
    """Two plain nodes, images `PYTHON`. A node that a test adds it removes, too."""
    with ExitStack() as stack:
        try:
            network = stack.enter_context(start_network())
        except Unavailable as reason:
            pytest.skip(str(reason))
        plane = built(
            pytestconfig,
            lambda: start(address=network.address, prefix=network.prefix, reach=network.reach),
        )
        stack.enter_context(plane)
        images = {PYTHON: this_python()}
        agent = stack.enter_context(start_nodes(plane, network, images, NODES))
        yield ClusterWithNodes(plane, network, agent)


@pytest.fixture
def live(cluster_with_nodes: ClusterWithNodes, request: pytest.FixtureRequest) -> Iterator[LiveNamespace]:
    """A new namespace on it; deleted, but not waited for, when the test ends."""
    plane = cluster_with_nodes.plane
    name = make_namespace(plane, request.node.name)
    yield LiveNamespace(plane, name, cluster_with_nodes.agent.log)
    plane.api.delete(f"/api/v1/namespaces/{name}")
