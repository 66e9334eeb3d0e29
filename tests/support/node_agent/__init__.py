"""Nodes for tests: Pods that a real scheduler binds to them run as real processes of this machine.

    with start_network() as network, control_plane.start(network=network) as plane:
        with start_nodes(plane, network, {"example.com/tool": this_python()}, [Node("one")]) as agent:
            ...                                       # create Jobs, Deployments, Services
            agent.add_node(Node("gpu", {"nvidia.com/gpu": "8"}))

A container has a file system, a network address, a host name and a process tree of its own; its image is an entry in a
table, a program of this machine. It plays kubelet, kube-proxy, DNS and storage, and nothing else: whoever makes Pods is
the real controller. It does not pull, limit or measure anything.
"""

from node_agent.agent import Failed, NodeAgent, start_nodes
from node_agent.images import Image, this_python
from node_agent.node import Node

__all__ = ["Failed", "Image", "Node", "NodeAgent", "start_nodes", "this_python"]
