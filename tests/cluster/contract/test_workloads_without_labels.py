"""A workload that somebody took the labels from is found by its name and its run, on each engine."""

from __future__ import annotations

from typing import Any

from bundles import SYSTEM
from engines import observed
from ledger_records import RECORD

from trimtab.reconciler.cluster import Cluster
from trimtab.reconciler.desired import WORKLOAD, run_labels
from trimtab.reconciler.ledger import KEY_ANNOTATION
from trimtab.reconciler.relabelling import brought_back


def job(namespace: str, key: str) -> dict[str, Any]:
    container = {"name": "main", "image": "registry.example.com/nothing:1", "command": ["sleep", "1000"]}
    template = {"spec": {"restartPolicy": "Never", "containers": [container]}}
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": RECORD.workload, "namespace": namespace, "annotations": {KEY_ANNOTATION: key}},
        "spec": {"suspend": True, "template": template},
    }


async def test_it_gets_them_back_and_is_the_same_object(cluster: Cluster, namespace: str) -> None:
    made = observed(await cluster.create(job(namespace, RECORD.key)))
    found = await brought_back(cluster, SYSTEM, namespace, RECORD)
    assert found is not None
    assert found.uid == made.uid
    assert run_labels(SYSTEM, RECORD, WORKLOAD).items() <= found.labels.items()


async def test_another_of_its_name_is_left_alone(cluster: Cluster, namespace: str) -> None:
    observed(await cluster.create(job(namespace, "v1:another")))
    assert await brought_back(cluster, SYSTEM, namespace, RECORD) is None
