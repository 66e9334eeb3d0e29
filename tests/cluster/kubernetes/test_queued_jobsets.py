"""Unmodified controllers of JobSet and Kueue run on our nodes, their webhooks too: what our tests of queues stand on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from node_agent import Node
from node_agent.fixtures import PYTHON, ClusterWithNodes
from node_agent.live_namespace import LiveNamespace

GPU = "nvidia.com/gpu"
NODES = [Node(f"gpu-{letter}", {GPU: "8"}) for letter in "ab"]


@pytest.fixture(scope="module")
def gpus(cluster_with_queues: ClusterWithNodes) -> Iterator[ClusterWithNodes]:
    """Sixteen, on two nodes."""
    for node in NODES:
        cluster_with_queues.agent.add_node(node)
    yield cluster_with_queues
    for node in NODES:
        cluster_with_queues.agent.remove_node(node.name)


def queue(live: LiveNamespace) -> None:
    """A queue of sixteen GPUs, whose objects are named after the namespace."""
    flavors = [{"name": live.name, "resources": [{"name": GPU, "nominalQuota": 16}]}]
    groups = [{"coveredResources": [GPU], "flavors": flavors}]
    spec = {"namespaceSelector": {}, "resourceGroups": groups}
    for kind, body in (
        ("ResourceFlavor", {"metadata": {"name": live.name}}),
        ("ClusterQueue", {"metadata": {"name": live.name}, "spec": spec}),
        (
            "LocalQueue",
            {"metadata": {"name": "queue", "namespace": live.name}, "spec": {"clusterQueue": live.name}},
        ),
    ):
        body = {"apiVersion": "kueue.x-k8s.io/v1beta1", "kind": kind, **body}
        live.plane.kubectl("apply", "--server-side", "-f", "-", stdin=body)


def jobset(live: LiveNamespace, name: str, pods: int, gpus: int, code: str) -> None:
    container = {
        "name": "main",
        "image": f"{PYTHON}:1",
        "command": ["python", "-c", code],
        "resources": {"limits": {GPU: gpus}},
    }
    job: dict[str, Any] = {
        "parallelism": pods,
        "completions": pods,
        "backoffLimit": 0,
        "template": {
            "spec": {"restartPolicy": "Never", "terminationGracePeriodSeconds": 1, "containers": [container]}
        },
    }
    body = {
        "apiVersion": "jobset.x-k8s.io/v1alpha2",
        "kind": "JobSet",
        "metadata": {"name": name, "namespace": live.name, "labels": {"kueue.x-k8s.io/queue-name": "queue"}},
        "spec": {"replicatedJobs": [{"name": "workers", "template": {"spec": job}}]},
    }
    live.plane.kubectl("apply", "--server-side", "-f", "-", stdin=body)


def said(live: LiveNamespace, name: str, path: str) -> str:
    return live.plane.kubectl("get", "jobset", name, "-n", live.name, "-o", f"jsonpath={{{path}}}")


def test_one_jobset_runs_and_the_next_waits_for_its_gpus(
    gpus: ClusterWithNodes, queued: LiveNamespace
) -> None:
    queue(queued)
    jobset(queued, "first", pods=2, gpus=4, code="import time; time.sleep(1000)")
    queued.until(lambda: said(queued, "first", ".status.replicatedJobsStatus[0].ready") == "1", "both Pods")
    assert {pod["spec"]["nodeName"] for pod in queued.pods()} <= {node.name for node in NODES}
    jobset(queued, "second", pods=2, gpus=8, code="print('done')")
    queued.until(lambda: said(queued, "second", ".spec.suspend") == "true", "the webhook's word")
    assert len(queued.pods()) == 2
    queued.plane.kubectl("delete", "jobset", "first", "-n", queued.name)
    queued.until(lambda: said(queued, "second", ".status.terminalState") == "Completed", "the second's end")
