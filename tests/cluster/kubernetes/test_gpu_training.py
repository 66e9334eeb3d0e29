"""A training on GPUs, bound by the real scheduler: it waits with its reason and line, and starts when a node comes."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
from pathlib import Path
from typing import Any

from cluster_access import client, install
from compiled_specs import FILE, bundle
from node_agent import Node
from node_agent.fixtures import PYTHON, ClusterWithNodes
from node_agent.images import this_python
from node_agent.live_namespace import LiveNamespace
from prepared_systems import opened
from settling import Silent

from trimtab.compiler import Capabilities
from trimtab.compiler.bundle import Bundle
from trimtab.reconciler.actions import Hold, HoldKind
from trimtab.reconciler.addresses import Origin
from trimtab.reconciler.ledger import Phase
from trimtab.reconciler.loop import Loop
from trimtab.reconciler.preparing import Prepared, prepare_folder
from trimtab.spec.load import load
from trimtab.spec.resolve import resolve

GPU, PRODUCT = "nvidia.com/gpu", "nvidia.com/gpu.product"
TAINT = {"key": GPU, "value": "present", "effect": "NoSchedule"}
SMALL = Node("h100-by-four", {GPU: "4"}, {PRODUCT: "NVIDIA-H100-PCIe"}, (TAINT,))
OTHER = Node("a100-by-eight", {GPU: "8"}, {PRODUCT: "NVIDIA-A100-SXM4-80GB"}, (TAINT,))
RIGHT = Node("h100-by-eight", {GPU: "8"}, {PRODUCT: "NVIDIA-H100-80GB-HBM3"}, (TAINT,))
IMAGE = f"{PYTHON}@sha256:{64 * '0'}"
PATIENCE = 240.0
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


DIGITS = Path(__file__).parents[3] / "examples" / "digits"
EDITS = {
    "namespace: digits": "namespace: NAMESPACE",
    "cpu: {node: {cpu: 4, memory: 16Gi}}": "cpu: {node: {cpu: 4, memory: 16Gi}}\n"
    "      gpu: {accelerator: {type: [H100], perNode: 8}, node: {cpu: 4, memory: 16Gi}}",
    "launcher: torchrun\n      pool: cpu": "launcher: torchrun\n      processes: 1\n      pool: gpu",
}
"""One process a node is all that this machine's cores are good for."""


async def digits(folder: Path, namespace: str) -> Prepared:
    """A copy of the example whose training is on nodes with eight H100."""
    copy = shutil.copytree(DIGITS, folder / "digits", ignore=shutil.ignore_patterns(".trimtab"))
    spec = copy / "mlsystem.yaml"
    text = spec.read_text()
    for old, new in EDITS.items():
        assert old in text
        text = text.replace(old, new.replace("NAMESPACE", namespace), 1)
    spec.write_text(text)
    prepared = await prepare_folder(spec, "cluster")
    assert prepared.bundle is not None, prepared.diagnostics
    return prepared


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


def nodes_of(live: LiveNamespace, run: str) -> list[str]:
    """The nodes that the Pods of a run's first attempt were bound to, as the scheduler told."""
    told = live.plane.kubectl("get", "events", "-n", live.name, "--field-selector=reason=Scheduled")
    workload = re.compile(rf"pod/{run}-[0-9a-f]{{10}}-1-.* to (\S+)")
    return sorted(found[1] for line in told.splitlines() if (found := workload.search(line)))


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
        assert nodes_of(live, "nothing") == [RIGHT.name]
    finally:
        for node in there:
            await asyncio.to_thread(agent.remove_node, node.name)


async def test_the_example_trains_on_nodes_with_its_gpus(
    cluster_with_nodes: ClusterWithNodes, live: LiveNamespace, tmp_path: Path
) -> None:
    plane, _, agent = cluster_with_nodes
    await install(plane, force=True)
    images = {f"registry.example.com/trimtab/{name}": this_python() for name in ("digits", "runtime")}
    await asyncio.to_thread(agent.add_images, images)
    prepared = await digits(tmp_path, live.name)
    there = [Node(f"digits-{name}", RIGHT.capacity, RIGHT.labels, RIGHT.taints) for name in ("a", "b")]
    for node in there:
        await asyncio.to_thread(agent.add_node, node)
    try:
        async with client(plane) as cluster, opened(prepared, cluster, Silent()) as loop:
            keeping = asyncio.create_task(loop.keep(lambda: False))
            try:
                await until(
                    loop,
                    lambda: [r for r in loop.mirror.records.values() if r.run == "classifier" and r.is_over],
                    "the end of the training",
                )
                records = loop.mirror.records
            finally:
                keeping.cancel()
                await asyncio.gather(keeping, return_exceptions=True)
        (trained,) = [record for record in records.values() if record.run == "classifier"]
        assert (trained.phase, bool(trained.artifact)) == (Phase.SUCCEEDED, True), trained.reason
        assert nodes_of(live, "classifier") == [node.name for node in there]
    finally:
        for node in there:
            await asyncio.to_thread(agent.remove_node, node.name)
