"""Nodes as the cluster knows them: the Node object, its Ready condition, its heartbeats."""

from __future__ import annotations

import asyncio
import contextlib
import time
from datetime import UTC, datetime

from cluster_network.plan import BRIDGE

from node_agent.addresses import of_nodes
from node_agent.api import STRATEGIC, Api, Body, path
from node_agent.node import PLAIN, Node
from node_agent.sandbox import run_ip
from trimtab.reconciler.local.objects import timestamp

LEASES = "kube-node-lease"
HEARTBEAT, LEASE_SECONDS = 10.0, 40
LOG_PORT = 10250
VERSION = "v1.37.2"


class Registration:
    """`addresses` of the nodes that are there, by name, on an interface of this machine; on none, nobody dials them."""

    def __init__(self, api: Api, interface: str = BRIDGE) -> None:
        self._api = api
        self._interface = interface
        self._free = of_nodes()
        self._beats: dict[str, asyncio.Task[None]] = {}
        self.addresses: dict[str, str] = {}

    async def add(self, node: Node) -> None:
        """Returns when Pods can be bound to it."""
        address = self.addresses[node.name] = self._free.take()
        if self._interface:
            await run_ip(f"addr add {address}/32 dev {self._interface}")
        where = path("v1", "nodes", name=node.name)
        await self._api.create(path("v1", "nodes"), _node(node))
        await self._api.patch(f"{where}/status", {"status": _status(node, address)}, STRATEGIC)
        await self._beat(node.name)
        await self._api.patch(where, {"spec": {"taints": list(node.taints)}})
        self._beats[node.name] = asyncio.create_task(self._keep_beating(node.name))

    async def remove(self, name: str) -> None:
        self._beats.pop(name).cancel()
        address = self.addresses.pop(name)
        if self._interface:
            with contextlib.suppress(OSError):
                await run_ip(f"addr del {address}/32 dev {self._interface}")
        self._free.give_back(address)
        await self._api.delete(path("v1", "nodes", name=name))

    async def _keep_beating(self, name: str) -> None:
        while True:
            await asyncio.sleep(HEARTBEAT)
            await self._beat(name)

    async def _beat(self, name: str) -> None:
        renewed = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        spec = {"holderIdentity": name, "leaseDurationSeconds": LEASE_SECONDS, "renewTime": renewed}
        leases = path("coordination.k8s.io/v1", "leases", LEASES)
        lease = {
            "apiVersion": "coordination.k8s.io/v1",
            "kind": "Lease",
            "metadata": {"name": name, "namespace": LEASES},
            "spec": spec,
        }
        if await self._api.get(f"{leases}/{name}") is None:
            await self._api.create(leases, lease)
        await self._api.patch(f"{leases}/{name}", {"spec": spec})


def _node(node: Node) -> Body:
    labels = {"kubernetes.io/hostname": node.name, "kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64"}
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": node.name, "labels": {**labels, **node.labels}},
        "spec": {"taints": list(node.taints)},
    }


def _status(node: Node, address: str) -> Body:
    now = timestamp(time.time())
    capacity = {**PLAIN, **node.capacity}
    conditions = [
        ("Ready", "True", "KubeletReady"),
        ("MemoryPressure", "False", "KubeletHasSufficientMemory"),
        ("DiskPressure", "False", "KubeletHasNoDiskPressure"),
        ("PIDPressure", "False", "KubeletHasSufficientPID"),
    ]
    return {
        "capacity": capacity,
        "allocatable": capacity,
        "conditions": [
            {
                "type": kind,
                "status": status,
                "reason": reason,
                "message": "",
                "lastHeartbeatTime": now,
                "lastTransitionTime": now,
            }
            for kind, status, reason in conditions
        ],
        "addresses": [
            {"type": "InternalIP", "address": address},
            {"type": "Hostname", "address": node.name},
        ],
        "daemonEndpoints": {"kubeletEndpoint": {"Port": LOG_PORT}},
        "nodeInfo": {
            "machineID": node.name,
            "systemUUID": node.name,
            "bootID": node.name,
            "kernelVersion": "",
            "osImage": "processes of the tests",
            "containerRuntimeVersion": "processes://1",
            "kubeletVersion": VERSION,
            "kubeProxyVersion": "",
            "operatingSystem": "linux",
            "architecture": "amd64",
        },
    }
