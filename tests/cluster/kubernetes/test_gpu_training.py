"""A training on GPUs, bound by the real scheduler: it waits with its reason and line, and starts when a node comes."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from cluster_access import client, install
from compiled_specs import FILE, bundle
from node_agent import Node
from node_agent.fixtures import PYTHON, ClusterWithNodes
from node_agent.live_namespace import LiveNamespace
from settling import Silent

from trimtab.compiler import Capabilities
from trimtab.compiler.bundle import Bundle
from trimtab.reconciler.actions import Hold, HoldKind
from trimtab.reconciler.ledger import Phase
from trimtab.reconciler.loop import Loop, Origin
from trimtab.reconciler.session import Prepared, opened
from trimtab.spec.load import load
from trimtab.spec.resolve import resolve

GPU, PRODUCT = "nvidia.com/gpu", "nvidia.com/gpu.product"
TAINT = {"key": GPU, "value": "present", "effect": "NoSchedule"}
SMALL = Node("h100-by-four", {GPU: "4"}, {PRODUCT: "NVIDIA-H100-PCIe"}, (TAINT,))
OTHER = Node("a100-by-eight", {GPU: "8"}, {PRODUCT: "NVIDIA-A100-SXM4-80GB"}, (TAINT,))
RIGHT = Node("h100-by-eight", {GPU: "8"}, {PRODUCT: "NVIDIA-H100-80GB-HBM3"}, (TAINT,))
IMAGE = f"{PYTHON}@sha256:{64 * '0'}"
PATIENCE = 120.0
PER_NODE = ("spec", "compute", "pools", "gpu", "accelerator", "perNode")


def system(namespace: str) -> Bundle:
    """Whose one training ends at once, and leaves nothing."""
    pool = {"accelerator": {"type": ["H100"], "perNode": 8}, "node": {"cpu": 4, "memory": "8Gi"}}
    document = {
        "apiVersion": "trimtab.dev/v1",
        "kind": "MLSystem",
        "metadata": {"name": "quick", "namespace": namespace},
        "spec": {
            "compute": {"pools": {"gpu": pool}},
            "training": {"nothing": {"image": IMAGE, "command": ["python", "-c", "print('trained')"]}},
            "environments": {"cluster": {"runOn": "tests", "runtimeImage": IMAGE}},
        },
    }
    return bundle(resolve(load(json.dumps(document), FILE), "cluster"), Capabilities())


async def until(loop: Loop, condition: Any, what: str) -> Any:
    try:
        async with asyncio.timeout(PATIENCE):
            while not (found := condition()):
                await asyncio.sleep(0.1)
            return found
    except TimeoutError:
        raise AssertionError(
            f"{what} did not come true: {loop.plan().holds}, {loop.mirror.records}"
        ) from None


def waiting(loop: Loop) -> Hold | None:
    holds = (h for h in loop.plan().holds if h.node == "run:nothing" and GPU in h.reason)
    return next(holds, None)


async def test_it_waits_for_a_node_with_its_gpus_and_starts_when_one_comes(
    cluster_with_nodes: ClusterWithNodes, live: LiveNamespace
) -> None:
    plane, _, agent = cluster_with_nodes
    await install(plane, force=True)
    prepared = Prepared(FILE, {}, resolve(load("", FILE)), system(live.name), (), Origin(FILE, 40 * "c"))
    there = [SMALL, OTHER]
    for node in there:
        await asyncio.to_thread(agent.add_node, node)
    try:
        async with client(plane) as cluster, opened(prepared, cluster, Silent()) as loop:
            keeping = asyncio.create_task(loop.keep(lambda: False))
            try:
                hold = await until(loop, lambda: waiting(loop), "that it waits")
                assert (hold.kind, hold.at) == (HoldKind.WAITING, PER_NODE)
                assert f"too little {GPU} on 1" in hold.reason
                assert "other labels than it asks for on 3" in hold.reason
                await asyncio.to_thread(agent.add_node, RIGHT)
                there.append(RIGHT)
                await until(
                    loop,
                    lambda: [r for r in loop.mirror.records.values() if r.phase is Phase.SUCCEEDED],
                    "the end of the training",
                )
            finally:
                keeping.cancel()
                await asyncio.gather(keeping, return_exceptions=True)
        bound = plane.kubectl("get", "events", "-n", live.name, "--field-selector=reason=Scheduled")
        assert [
            line.rsplit(" ", 1)[1] for line in bound.splitlines() if "nothing-" in line and "-1-" in line
        ] == [RIGHT.name]
    finally:
        for node in there:
            await asyncio.to_thread(agent.remove_node, node.name)
