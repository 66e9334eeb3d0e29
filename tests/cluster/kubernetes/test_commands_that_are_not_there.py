"""A command that is not there: the real Job controller tries it once, and what is told is told at its line."""

from __future__ import annotations

import asyncio
import json

from cluster_access import client, install
from compiled_specs import FILE, bundle
from node_agent.fixtures import PYTHON, ClusterWithNodes
from node_agent.live_namespace import PATIENCE, LiveNamespace
from prepared_systems import opened
from settling import Silent

from trimtab.compiler import Capabilities
from trimtab.compiler.bundle import Bundle
from trimtab.reconciler.addresses import Origin
from trimtab.reconciler.ledger import Phase
from trimtab.reconciler.preparing import Prepared
from trimtab.spec.load import load
from trimtab.spec.resolve import resolve

IMAGE = f"{PYTHON}@sha256:{64 * '0'}"


def system(namespace: str) -> Bundle:
    document = {
        "apiVersion": "trimtab.dev/v1",
        "kind": "MLSystem",
        "metadata": {"name": "mistaken", "namespace": namespace},
        "spec": {
            "compute": {"pools": {"cpu": {"node": {"cpu": 4, "memory": "8Gi"}}}},
            "training": {"typo": {"image": IMAGE, "command": ["sh", "-c", "exec tarin --fast"]}},
            "environments": {"cluster": {"runOn": "tests", "runtimeImage": IMAGE}},
        },
    }
    return bundle(resolve(load(json.dumps(document), FILE), "cluster"), Capabilities())


async def test_it_is_tried_once_and_told_at_its_line(
    cluster_with_nodes: ClusterWithNodes, live: LiveNamespace
) -> None:
    await install(cluster_with_nodes.plane, force=True)
    prepared = Prepared(FILE, {}, resolve(load("", FILE)), system(live.name), (), Origin(FILE, 40 * "c"))
    async with client(cluster_with_nodes.plane) as cluster, opened(prepared, cluster, Silent()) as loop:
        async with asyncio.timeout(PATIENCE):
            plan = await loop.settle()
        (record,) = loop.mirror.records.values()
    assert record.phase is Phase.FAILED
    assert "tarin: not found" in record.reason
    assert len(live.pods("trimtab.dev/run=typo,batch.kubernetes.io/job-name=" + record.workload)) == 1
    (hold,) = [hold for hold in plan.holds if hold.node == "run:typo"]
    assert hold.at == ("spec", "training", "typo", "command")
