"""A Job in a queue of Kueue: its place there is watched as soon as something stands in one, and told with the Job.

Kueue's own definitions are installed, and no controller of it: a test says itself what became of the place.
"""

from __future__ import annotations

from typing import Any

import pytest
from control_plane import Access
from control_plane.crds import install
from control_plane.reports import CannotBuild
from faulty_connection import watched

JOB = ("batch/v1", "Job")
LABELS = {"trimtab.dev/system": "digits", "kueue.x-k8s.io/queue-name": "risk"}


@pytest.fixture
def kueue(control_plane: Access) -> Access:
    try:
        install(control_plane, "kueue")
    except CannotBuild as reason:
        pytest.skip(str(reason))
    return control_plane


def make_job(plane: Access, namespace: str) -> dict[str, Any]:
    containers = [{"name": "main", "image": "example.org/train:1"}]
    template = {"metadata": {"labels": LABELS}, "spec": {"containers": containers, "restartPolicy": "Never"}}
    body = {"metadata": {"name": "train", "labels": LABELS}, "spec": {"suspend": True, "template": template}}
    made: dict[str, Any] = plane.api.create(f"/apis/batch/v1/namespaces/{namespace}/jobs", body)
    return made


def make_place(plane: Access, namespace: str, job: dict[str, Any]) -> str:
    """As Kueue makes it for a Job."""
    owner = {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "name": "train",
        "uid": job["metadata"]["uid"],
        "controller": True,
    }
    pods = {
        "name": "main",
        "count": 1,
        "template": {"spec": {"containers": [{"name": "main", "image": "x"}]}},
    }
    body = {
        "apiVersion": "kueue.x-k8s.io/v1beta2",
        "kind": "Workload",
        "metadata": {"name": "job-train", "ownerReferences": [owner]},
        "spec": {"queueName": "risk", "podSets": [pods]},
    }
    path = f"/apis/kueue.x-k8s.io/v1beta2/namespaces/{namespace}/workloads"
    plane.api.create(path, body)
    return f"{path}/job-train"


def says(plane: Access, place: str, message: str) -> None:
    reserved = {
        "type": "QuotaReserved",
        "status": "False",
        "reason": "Pending",
        "message": message,
        "lastTransitionTime": "2026-11-01T10:00:00Z",
    }
    status = {"status": {"conditions": [reserved]}}
    plane.api.request("PATCH", f"{place}/status", status, "application/merge-patch+json")


async def test_a_job_is_told_of_with_its_place_in_the_queue(kueue: Access, kube_namespace: str) -> None:
    job = make_job(kueue, kube_namespace)
    async with watched(kueue.kubeconfig, [JOB], kube_namespace, system="digits") as here:
        (ref,) = here.objects
        waits = await here.seen(ref, lambda seen: seen.health.reason == "Queued", "that it stands in a queue")
        assert waits.health.finished is None
        assert not waits.health.ready
        place = make_place(kueue, kube_namespace, job)
        for missing in ("8 more needed", "4 more needed"):
            says(kueue, place, f"insufficient unused quota for nvidia.com/gpu, {missing}")
            told = await here.seen(ref, lambda seen, missing=missing: missing in seen.health.message, missing)
            assert told.health.message.startswith("it waits in the queue risk: insufficient")
        assert here.connection.watches.count("workloads") == 1


async def test_where_nothing_stands_in_a_queue_none_is_watched(kueue: Access, kube_namespace: str) -> None:
    async with watched(kueue.kubeconfig, [JOB], kube_namespace, system="digits") as here:
        assert "workloads" not in here.connection.watches
