"""Health from objects: three facts that are never taken for one another."""

from __future__ import annotations

from typing import Any

import pytest

from trimtab.reconciler.health import health_of

Body = dict[str, Any]


def condition(kind: str, status: str = "True", **more: str) -> Body:
    return {"type": kind, "status": status, **more}


def job(*conditions: Body, suspend: bool = False, **status: Any) -> Body:
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": "j", "generation": 1},
        "spec": {"suspend": suspend},
        "status": {"conditions": list(conditions), **status},
    }


def pod(phase: str, words: str = "", code: int = 0, index: str = "", restarts: int = 0, age: int = 0) -> Body:
    ended = {"exitCode": code, "message": words, "finishedAt": "2026-01-01T00:00:09Z"}
    state = {"terminated": ended} if phase in ("Succeeded", "Failed") else {"running": {}}
    annotations = {"batch.kubernetes.io/job-completion-index": index} if index else {}
    metadata = {
        "name": f"p{age}",
        "creationTimestamp": f"2026-01-01T00:00:0{age}Z",
        "annotations": annotations,
    }
    statuses = [{"name": "main", "restartCount": restarts, "state": state}]
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": metadata,
        "status": {"phase": phase, "containerStatuses": statuses},
    }


def test_a_job_that_runs_is_neither_finished_nor_failed() -> None:
    health = health_of(job(startTime="2026-01-01T00:00:00Z", active=2, ready=2))
    assert (health.reconciled, health.ready, health.finished) == (True, True, None)
    assert not health_of(job(startTime="2026-01-01T00:00:00Z", active=2, ready=1)).ready


def test_a_condition_that_does_not_hold_says_nothing() -> None:
    assert health_of(job(condition("Failed", "False"), condition("Complete", "Unknown"))).finished is None


def test_a_job_that_was_suspended_and_runs_is_running() -> None:
    body = job(condition("Suspended", "False"), startTime="2026-01-01T00:00:00Z", active=1, ready=1)
    assert health_of(body).reason == ""


def test_words_are_those_of_who_ended_well() -> None:
    pods = [
        pod("Failed", "first try", 1, age=1),
        pod("Succeeded", "done", age=2),
        pod("Succeeded", "", age=3),
    ]
    health = health_of(job(condition("Complete")), pods)
    assert (health.words, health.exit_code, health.finished) == ("done", 0, True)


def test_words_of_a_failed_job_are_the_last_of_its_failures() -> None:
    pods = [pod("Failed", "first", 1, age=1), pod("Failed", "second", 3, age=2)]
    health = health_of(job(condition("Failed", reason="BackoffLimitExceeded", message="too often")), pods)
    assert (health.words, health.exit_code, health.finished) == ("second", 3, False)
    assert health.reason == "BackoffLimitExceeded"
    assert health.message.startswith("too often: ended with exit code 3")


@pytest.mark.parametrize(
    ("log", "line"),
    [
        (
            "Traceback:\n  File 'x'\nOSError: [Errno 30] Read-only file system: '/x'\nimages: 3 rows",
            "OSError: [Errno 30] Read-only file system: '/x'",
        ),
        (
            "[rank0]: torch.cuda.OutOfMemoryError: too much\nelastic.ChildFailedError: \n=====\nexitcode: 1\n====",
            "torch.cuda.OutOfMemoryError: too much",
        ),
        ("loading\nno such table\n----", "no such table"),
        ("ValueError: " + "x" * 999, "ValueError: " + "x" * 188),
    ],
)
def test_of_a_log_the_line_is_told_that_says_what_went_wrong(log: str, line: str) -> None:
    health = health_of(job(condition("Failed", message="too often")), [pod("Failed", log, 1)])
    assert health.message == f"too often: ended with exit code 1: {line}"


@pytest.mark.parametrize(
    ("pods", "restarts"),
    [
        ([pod("Running", index="0"), pod("Running", index="1", age=1)], 0),
        ([pod("Failed", code=1, index="0"), pod("Running", index="0", age=1)], 1),
        (
            [pod("Failed", code=1, index=i, age=a) for a in (0, 1) for i in "01"]
            + [pod("Running", index="0", age=2)],
            2,
        ),
        ([pod("Failed", code=1), pod("Failed", code=1, age=1)], 1),
        ([pod("Running", restarts=3)], 3),
        ([], 0),
    ],
    ids=["none", "one index", "a gang falls together", "the last failure ends it", "in place", "no pods"],
)
def test_restarts(pods: list[Body], restarts: int) -> None:
    assert health_of(job(), pods).restarts == restarts


def deployment(**status: Any) -> Body:
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "d", "generation": 2},
        "spec": {"replicas": 2},
        "status": {"observedGeneration": 2, **status},
    }


COUNTS = ("replicas", "updatedReplicas", "readyReplicas", "availableReplicas")


def test_a_deployment_is_ready_when_all_of_it_is_new_and_available() -> None:
    assert health_of(deployment(**dict.fromkeys(COUNTS, 2))).ready
    for lagging in COUNTS:
        if lagging != "readyReplicas":
            assert not health_of(deployment(**{**dict.fromkeys(COUNTS, 2), lagging: 1})).ready
    assert not health_of(deployment(**{**dict.fromkeys(COUNTS, 2), "replicas": 3})).ready


def test_a_status_about_an_older_generation_proves_nothing() -> None:
    health = health_of(deployment(**{**dict.fromkeys(COUNTS, 2), "observedGeneration": 1}))
    assert (health.reconciled, health.ready) == (False, False)


def test_a_deployment_says_why_it_waits() -> None:
    late = condition("Progressing", "False", reason="ProgressDeadlineExceeded", message="too long")
    assert health_of(deployment(conditions=[late])).reason == "ProgressDeadlineExceeded"
    stuck = condition("Waiting", reason="NotRunnable", message="no such image")
    assert health_of(deployment(conditions=[late, stuck])).message == "no such image"


def test_a_claim_is_ready_when_bound() -> None:
    def claim(phase: str) -> Body:
        return {
            "apiVersion": "v1",
            "kind": "PersistentVolumeClaim",
            "metadata": {"name": "c"},
            "status": {"phase": phase},
        }

    assert health_of(claim("Bound")).ready
    assert not health_of(claim("Pending")).ready


def test_kinds_without_a_rule_are_there_when_they_are_there() -> None:
    assert health_of({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}}).ready


def test_kinds_with_a_ready_condition_are_taken_at_their_word() -> None:
    body = {
        "kind": "Turnip",
        "metadata": {"name": "t"},
        "status": {"conditions": [condition("Ready", "False", reason="Raw")]},
    }
    assert (health_of(body).ready, health_of(body).reason) == (False, "Raw")


def autoscaler(*conditions: Any, **status: int) -> Any:
    return {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": "h"},
        "spec": {"minReplicas": 2},
        "status": {"currentReplicas": 2, **status, "conditions": list(conditions)},
    }


@pytest.mark.parametrize("active", ["Unknown", "False"])
def test_an_autoscaler_whose_load_is_unknown_keeps_replicas_within_bounds_and_says_so(active: str) -> None:
    blind = condition("ScalingActive", active, reason="FailedGetResourceMetric", message="no metrics")
    health = health_of(autoscaler(condition("AbleToScale"), condition("ScaledToZero", "False"), blind))
    assert (health.ready, health.replicas) == (True, 2)
    assert health.message == ("no metrics" if active == "False" else "")


def test_an_autoscaler_says_plainly_that_a_cluster_serves_no_metrics() -> None:
    said = (
        "unable to fetch metrics: the server could not find the requested resource (get pods.metrics.k8s.io)"
    )
    blind = condition("ScalingActive", "False", reason="FailedGetResourceMetric", message=said)
    message = health_of(autoscaler(condition("AbleToScale"), blind)).message
    assert message.endswith("this cluster serves no metrics")


def test_an_autoscaler_that_can_not_scale_is_not_ready() -> None:
    unable = condition("AbleToScale", "False", reason="FailedGetScale")
    health = health_of(autoscaler(unable, currentReplicas=0))
    assert (health.ready, health.reason) == (False, "FailedGetScale")


def test_an_autoscaler_is_ready_once_it_has_brought_replicas_within_bounds() -> None:
    assert not health_of(autoscaler(currentReplicas=0)).ready
    assert not health_of(autoscaler(condition("AbleToScale"), currentReplicas=1, desiredReplicas=0)).ready
    assert health_of(autoscaler(condition("AbleToScale"), currentReplicas=1, desiredReplicas=2)).ready
