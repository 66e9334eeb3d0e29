"""KubeRay: a RayJob ends by two states, a RayCluster and a RayService never do."""

from __future__ import annotations

from collections.abc import Sequence

from trimtab.reconciler.cluster import Health
from trimtab.reconciler.health.queues import waits_in_queue
from trimtab.reconciler.health.reading import (
    Body,
    any_condition,
    condition,
    is_current,
    said,
    spec_of,
    status_of,
)

_ENDS = frozenset({"Complete", "Failed", "ValidationFailed"})


def ray_job(body: Body, owned: Sequence[Body]) -> Health:
    """It has ended when its deployment has; well only if the job itself says so."""
    status = status_of(body)
    deployment, job = str(status.get("jobDeploymentStatus") or ""), str(status.get("jobStatus") or "")
    finished = job == "SUCCEEDED" if deployment in _ENDS else None
    running = finished is None and deployment == "Running" and job == "RUNNING"
    reason, message = _reason(body, owned, finished, running)
    cluster = status.get("rayClusterStatus") or {}
    return Health(
        reconciled=finished is not None or (is_current(body) and bool(deployment)),
        ready=bool(finished) or running,
        finished=finished,
        reason=reason,
        message=message,
        restarts=status.get("failed", 0) if finished is None else max(status.get("failed", 0) - 1, 0),
        active=int(running),
        replicas=cluster.get("desiredWorkerReplicas", 0),
        ready_replicas=cluster.get("readyWorkerReplicas", 0),
        started=str(status.get("startTime") or ""),
        ended=str(status.get("endTime") or "") if finished is not None else "",
    )


def _reason(body: Body, owned: Sequence[Body], finished: bool | None, running: bool) -> tuple[str, str]:
    status = status_of(body)
    if finished or running:
        return "", ""
    if finished is None and spec_of(body).get("suspend"):
        return waits_in_queue(body, owned) or ("Suspended", "it is suspended")
    state = str(status.get("jobDeploymentStatus") or "Starting")
    reason, message = str(status.get("reason") or state), str(status.get("message") or "")
    cluster = status.get("rayClusterStatus") or {}
    return reason, message or _cluster_waits(cluster)


def ray_cluster(body: Body, owned: Sequence[Body]) -> Health:
    status = status_of(body)
    provisioned = any_condition(body, "RayClusterProvisioned")
    up = status.get("state") == "ready" if provisioned is None else provisioned.get("status") == "True"
    suspended = bool(spec_of(body).get("suspend")) or condition(body, "Suspended") is not None
    ready = up and not suspended and is_current(body)
    reason, message = ("", "") if ready else _why_no_cluster(body, owned, suspended)
    return Health(
        reconciled=is_current(body) and bool(status),
        ready=ready,
        reason=reason,
        message=message,
        active=status.get("availableWorkerReplicas", 0),
        replicas=status.get("desiredWorkerReplicas", 0),
        ready_replicas=status.get("readyWorkerReplicas", 0),
        started=str(body["metadata"].get("creationTimestamp") or ""),
    )


def _why_no_cluster(body: Body, owned: Sequence[Body], suspended: bool) -> tuple[str, str]:
    if suspended:
        return waits_in_queue(body, owned) or ("Suspended", "it is suspended")
    if failure := condition(body, "ReplicaFailure"):
        return said(failure)
    status = status_of(body)
    reason, message = said(any_condition(body, "HeadPodReady"))
    return reason or str(status.get("state") or "Starting"), str(
        status.get("reason") or message or _cluster_waits(status)
    )


def _cluster_waits(status: Body) -> str:
    wanted, ready = status.get("desiredWorkerReplicas", 0), status.get("readyWorkerReplicas", 0)
    return f"{ready} of {wanted} workers are ready" if wanted else ""


def ray_service(body: Body, owned: Sequence[Body]) -> Health:
    status = status_of(body)
    answers = condition(body, "Ready")
    upgrading = condition(body, "UpgradeInProgress")
    ready = answers is not None and upgrading is None and is_current(body)
    reason, message = ("", "") if ready else said(upgrading or any_condition(body, "Ready"))
    return Health(
        reconciled=is_current(body) and bool(status),
        ready=ready,
        reason=reason or ("" if ready else "Starting"),
        message=message or ("" if ready else _applications(status)),
        ready_replicas=status.get("numServeEndpoints", 0),
        started=str(body["metadata"].get("creationTimestamp") or ""),
    )


def _applications(status: Body) -> str:
    """What its applications say that do not run."""
    services = (status.get(name) or {} for name in ("pendingServiceStatus", "activeServiceStatus"))
    for service in services:
        for name, application in (service.get("applicationStatuses") or {}).items():
            if application.get("status") != "RUNNING":
                told = str(application.get("message") or application.get("status") or "is not running")
                return f"application {name}: {told}"
    return "its endpoints do not answer yet"
