"""A network of the tests' own: a control plane, its nodes and their Pods live in it, and nothing of it leaves.

    with start_network() as network:
        server = subprocess.Popen([*network.prefix, "some-server", "--listen", f"{network.address}:6443"])
        port = network.reach(network.address, 6443)     # on 127.0.0.1 of the test, leads to that server

It is a network namespace with a bridge, as a node of a cluster has it: Pods' interfaces hang on the bridge, each
Service address can be bound. The namespace is held by one process, which ends everything in it when the test is over
or its process has died. It needs root on Linux; where that is missing, `Unavailable` says why.
"""

from cluster_network.network import Network, Unavailable, start_network

__all__ = ["Network", "Unavailable", "start_network"]
