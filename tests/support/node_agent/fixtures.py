"""Fixtures: a control plane with nodes, one a session and started when first asked for; a namespace of it for a test.

Skipped, with the reason, where no network namespace can be made or the programs can't be built.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import NamedTuple

import pytest
from cluster_network import Network, Unavailable, start_network
from control_plane import ControlPlane, start
from control_plane.fixtures import built, make_namespace

from node_agent import controllers
from node_agent.agent import NodeAgent, start_nodes
from node_agent.images import this_python
from node_agent.live_namespace import LiveNamespace
from node_agent.node import Node

PYTHON = "registry.example.com/tests/python"
"""An image of any tag or digest that is the Python of the tests."""
NODES = (Node("node-a"), Node("node-b"))
QUEUED_GPU, QUEUED_POOL = "nvidia.com/gpu", "example.com/pool"
"""What the node of `eight_gpus` has, and the label that tells it from others."""


class ClusterWithNodes(NamedTuple):
    plane: ControlPlane
    network: Network
    agent: NodeAgent


@pytest.fixture(scope="session")
def cluster_with_nodes(pytestconfig: pytest.Config) -> Iterator[ClusterWithNodes]:
    """Two plain nodes, images `PYTHON`. A node that a test adds it removes, too."""
    with started(pytestconfig) as cluster:
        yield cluster


@pytest.fixture(scope="session")
def cluster_with_queues(pytestconfig: pytest.Config) -> Iterator[ClusterWithNodes]:
    """The same, of its own, with the controllers of JobSet and Kueue: both have a say in every Job."""
    with started(pytestconfig) as cluster:
        controllers.run(cluster.plane, cluster.agent, "jobset", "kueue")
        yield cluster


@pytest.fixture(scope="module")
def eight_gpus(cluster_with_queues: ClusterWithNodes) -> Iterator[ClusterWithNodes]:
    """On one node, which its label tells from others."""
    node = Node("queued-gpu", {QUEUED_GPU: "8"}, {QUEUED_POOL: "queued"})
    cluster_with_queues.agent.add_node(node)
    yield cluster_with_queues
    cluster_with_queues.agent.remove_node(node.name)


@pytest.fixture
def live(cluster_with_nodes: ClusterWithNodes, request: pytest.FixtureRequest) -> Iterator[LiveNamespace]:
    """A new namespace on `cluster_with_nodes`; deleted, but not waited for, when the test ends."""
    with namespace(cluster_with_nodes, request.node.name) as live:
        yield live


@pytest.fixture
def queued(cluster_with_queues: ClusterWithNodes, request: pytest.FixtureRequest) -> Iterator[LiveNamespace]:
    """A new namespace on `cluster_with_queues`."""
    with namespace(cluster_with_queues, request.node.name) as live:
        yield live


@contextmanager
def started(config: pytest.Config) -> Iterator[ClusterWithNodes]:
    """A control plane with nodes of its own; the test is skipped where it can't be had."""
    with ExitStack() as stack:
        try:
            network = stack.enter_context(start_network())
        except Unavailable as reason:
            pytest.skip(str(reason))
        plane = built(
            config, lambda: start(address=network.address, prefix=network.prefix, reach=network.reach)
        )
        stack.enter_context(plane)
        images = {PYTHON: this_python()}
        yield ClusterWithNodes(
            plane, network, stack.enter_context(start_nodes(plane, network, images, NODES))
        )


@contextmanager
def namespace(cluster: ClusterWithNodes, test: str) -> Iterator[LiveNamespace]:
    name = make_namespace(cluster.plane, test)
    yield LiveNamespace(cluster.plane, name, cluster.agent.log)
    cluster.plane.api.delete(f"/api/v1/namespaces/{name}")
