"""What is owned, by owner: whose they are, which count, and what is remembered of those that are gone."""

from __future__ import annotations

from typing import Any

import pytest

from trimtab.compiler.bundle import Ref
from trimtab.reconciler.health import health_of
from trimtab.reconciler.kubernetes.owned import Owned, Owner, has_all_ends

JOB, WEB = Ref("batch/v1", "Job", "n", "train"), Ref("apps/v1", "Deployment", "n", "web")
OF_JOB = {"kind": "Job", "name": "train", "uid": "job-1", "controller": True}
OF_WEB = {"kind": "ReplicaSet", "name": "web-7d9f", "uid": "set-1", "controller": True}


def pod(
    name: str, revision: int = 1, phase: str = "Running", owner: Any = OF_JOB, **more: Any
) -> dict[str, Any]:
    code = {"Succeeded": 0, "Failed": 1}.get(phase)
    state = (
        {"running": {}} if code is None else {"terminated": {"exitCode": code, "message": f"words of {name}"}}
    )
    metadata = {
        "name": name,
        "namespace": "n",
        "resourceVersion": str(revision),
        "ownerReferences": [owner] if owner else [],
        "labels": {"pod-template-hash": "7d9f"} if owner is OF_WEB else {},
        **more,
    }
    containers = [{"name": "main", "image": "x", "restartCount": 0, "state": state, "containerID": "c" * 64}]
    return {
        "kind": "Pod",
        "metadata": metadata,
        "spec": {"containers": [{"name": "main", "env": []}]},
        "status": {"phase": phase, "containerStatuses": containers},
    }


def names(pods: Owned, ref: Ref, uid: str) -> set[str]:
    return {each["metadata"]["name"] for each in pods.of(ref, uid)}


def test_a_job_is_found_by_its_uid() -> None:
    pods = Owned()
    assert pods.put(pod("a")) == Owner("Job", "n", "train")
    assert names(pods, JOB, "job-1") == {"a"}
    assert names(pods, JOB, "job-2") == set(), "a Job of the same name, made after it"


def test_a_deployment_is_found_by_the_name_of_its_replica_set() -> None:
    pods = Owned()
    assert pods.put(pod("a", owner=OF_WEB)) == Owner("Deployment", "n", "web")
    assert names(pods, WEB, "any") == {"a"}


@pytest.mark.parametrize(
    "owner", [None, {**OF_JOB, "controller": False}, {**OF_WEB, "name": "a-bare-replica-set"}], ids=str
)
def test_a_pod_of_nobody_is_of_no_interest(owner: Any) -> None:
    assert Owned().put(pod("a", owner=owner)) is None


def test_old_news_say_nothing() -> None:
    pods = Owned()
    pods.put(pod("a", 5, "Succeeded"))
    assert pods.put(pod("a", 4)) is None
    assert pods.of(JOB, "job-1")[0]["status"]["phase"] == "Succeeded"


def test_what_is_kept_is_enough_for_health_and_not_more() -> None:
    pods = Owned()
    pods.put(pod("a", phase="Failed"))
    (kept,) = pods.of(JOB, "job-1")
    assert "spec" not in kept
    assert "containerID" not in str(kept)
    assert health_of(kept).words == "words of a"


def test_a_pod_of_a_job_is_remembered_with_its_words() -> None:
    pods = Owned()
    pods.put(pod("a"))
    pods.put(pod("b"))
    pods.remove(pod("a", 9, "Succeeded"))
    pods.remove(pod("b", 9))
    assert names(pods, JOB, "job-1") == {"a"}
    pods.forget(JOB, "another")
    assert names(pods, JOB, "job-1") == {"a"}
    pods.forget(JOB, "job-1")
    assert names(pods, JOB, "job-1") == set()


def test_a_pod_of_a_deployment_is_not() -> None:
    pods = Owned()
    pods.put(pod("a", owner=OF_WEB))
    pods.remove(pod("a", 9, "Failed", OF_WEB))
    assert names(pods, WEB, "any") == set()


def test_what_a_list_does_not_name_has_gone() -> None:
    pods = Owned()
    for each in (pod("a"), pod("b"), pod("c", phase="Succeeded"), pod("d", owner=OF_WEB)):
        pods.put(each)
    assert list(pods.keep_only("Pod", {("n", "a"), ("n", "d")})) == [Owner("Job", "n", "train")]
    assert names(pods, JOB, "job-1") == {"a", "c"}
    assert names(pods, WEB, "any") == {"d"}


@pytest.mark.parametrize(
    ("phases", "complete"),
    [
        (["Succeeded", "Failed"], True),
        (["Succeeded", "Succeeded"], False),
        (["Running", "Failed"], False),
        ([], False),
    ],
)
def test_a_job_counts_its_ends(phases: list[str], complete: bool) -> None:
    job = {"status": {"succeeded": 1, "failed": 1}}
    assert has_all_ends(job, [{"status": {"phase": phase}} for phase in phases]) is complete


def test_a_job_that_was_ended_before_it_began_lacks_nothing() -> None:
    assert has_all_ends({"status": {"conditions": []}}, [])


def test_a_place_in_a_queue_is_owned_like_a_pod() -> None:
    owned = Owned()
    place = {
        "apiVersion": "kueue.x-k8s.io/v1beta2",
        "kind": "Workload",
        "metadata": {"name": "a", "namespace": "n", "resourceVersion": "3", "ownerReferences": [OF_JOB]},
        "spec": {"queueName": "risk", "podSets": [{"template": {}}]},
        "status": {"conditions": [{"type": "QuotaReserved", "status": "False", "message": "8 more needed"}]},
    }
    assert owned.put(place) == Owner("Job", "n", "train")
    owned.put(pod("a", phase="Succeeded"))
    kept = next(each for each in owned.of(JOB, "job-1") if each["kind"] == "Workload")
    assert "podSets" not in kept["spec"]
    assert health_of(kept).message == "it waits in the queue risk: 8 more needed"
    assert list(owned.keep_only("Workload", set())) == [Owner("Job", "n", "train")]
    assert names(owned, JOB, "job-1") == {"a"}, "the Pod of that name stays"
