"""What keeps Pods running: Deployments and their like."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from trimtab.reconciler.cluster import Health
from trimtab.reconciler.health import pods as of_pods
from trimtab.reconciler.health import sentences
from trimtab.reconciler.health.jobs import WAITING
from trimtab.reconciler.health.reading import Body, any_condition, condition, said, spec_of, status_of

LATE = "ProgressDeadlineExceeded"


def deployment(body: Body, pods: Sequence[Body]) -> Health:
    status, wanted = status_of(body), spec_of(body).get("replicas", 1)
    total, updated = status.get("replicas", 0), status.get("updatedReplicas", 0)
    available = status.get("availableReplicas", 0)
    reconciled = _is_seen(body)
    return _running(
        body,
        pods,
        reconciled=reconciled,
        ready=reconciled and total == updated == available == wanted,
        counts=(total, wanted, status.get("readyReplicas", 0)),
        lagging=f"{min(available, updated)} of {wanted} replicas are up to date and ready",
    )


def stateful_set(body: Body, pods: Sequence[Body]) -> Health:
    spec, status = spec_of(body), status_of(body)
    wanted, ready_replicas = spec.get("replicas", 1), status.get("readyReplicas", 0)
    reconciled = _is_seen(body)
    return _running(
        body,
        pods,
        reconciled=reconciled,
        ready=reconciled and ready_replicas == wanted == status.get("replicas", 0) and _is_rolled_out(body),
        counts=(status.get("replicas", 0), wanted, ready_replicas),
        lagging=f"{ready_replicas} of {wanted} replicas are ready, {status.get('updatedReplicas', 0)} up to date",
    )


def _is_rolled_out(body: Body) -> bool:
    """With a partition, only the replicas above it are to be new; with OnDelete, none need be."""
    spec, status = spec_of(body), status_of(body)
    strategy = spec.get("updateStrategy") or {}
    if strategy.get("type") == "OnDelete":
        return True
    partition = (strategy.get("rollingUpdate") or {}).get("partition") or 0
    if partition:
        return bool(status.get("updatedReplicas", 0) >= spec.get("replicas", 1) - partition)
    return bool(status.get("currentRevision") == status.get("updateRevision"))


def daemon_set(body: Body, pods: Sequence[Body]) -> Health:
    status = status_of(body)
    wanted = status.get("desiredNumberScheduled", 0)
    available, updated = status.get("numberAvailable", 0), status.get("updatedNumberScheduled", 0)
    reconciled = _is_seen(body)
    rolling = (spec_of(body).get("updateStrategy") or {}).get("type") != "OnDelete"
    return _running(
        body,
        pods,
        reconciled=reconciled,
        ready=reconciled and available == wanted and (updated == wanted or not rolling),
        counts=(status.get("currentNumberScheduled", 0), wanted, status.get("numberReady", 0)),
        lagging=f"on {available} of {wanted} nodes it is ready, on {updated} up to date",
    )


def replica_set(body: Body, pods: Sequence[Body]) -> Health:
    status, wanted = status_of(body), spec_of(body).get("replicas", 1)
    available = status.get("availableReplicas", 0)
    reconciled = _is_seen(body)
    return _running(
        body,
        pods,
        reconciled=reconciled,
        ready=reconciled and status.get("replicas", 0) == available == wanted,
        counts=(status.get("replicas", 0), wanted, status.get("readyReplicas", 0)),
        lagging=f"{available} of {wanted} replicas are ready",
    )


def _is_seen(body: Body) -> bool:
    """These controllers always say which generation they have seen: nothing said is nothing seen."""
    return bool(status_of(body).get("observedGeneration", 0) >= body["metadata"].get("generation", 0))


def _running(
    body: Body,
    pods: Sequence[Body],
    *,
    reconciled: bool,
    ready: bool,
    counts: tuple[int, int, int],
    lagging: str,
) -> Health:
    active, wanted, ready_replicas = counts
    text: dict[str, Any] = {}
    if not ready:
        text["reason"], text["message"] = _why_not(body, pods, lagging)
    return Health(
        reconciled=reconciled,
        ready=ready,
        restarts=sum(of_pods.restarts(pod) for pod in pods),
        active=active,
        replicas=wanted,
        ready_replicas=ready_replicas,
        started=body["metadata"].get("creationTimestamp", ""),
        **text,
    )


def _why_not(body: Body, pods: Sequence[Body], otherwise: str) -> tuple[str, str]:
    if spec_of(body).get("paused"):
        return "Paused", "its rollout is paused"
    if waiting := condition(body, WAITING):
        return said(waiting)
    if failure := condition(body, "ReplicaFailure"):
        reason, message = said(failure)
        return reason, sentences.not_created(message)
    reason, message = of_pods.waits(pods)
    if reason:
        return reason, message
    late = any_condition(body, "Progressing")
    if late is not None and late.get("reason") == LATE:
        return LATE, str(late.get("message", ""))
    return "Progressing", otherwise
