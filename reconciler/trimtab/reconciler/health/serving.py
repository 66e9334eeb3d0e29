"""Custom resources that serve: LeaderWorkerSet, InferenceService."""

from __future__ import annotations

from collections.abc import Sequence

from trimtab.reconciler.cluster import Health
from trimtab.reconciler.health.reading import (
    Body,
    any_condition,
    condition,
    is_current,
    said,
    spec_of,
    status_of,
)


def leader_worker_set(body: Body, owned: Sequence[Body]) -> Health:
    """A replica is a whole group of Pods: leader and workers."""
    status, wanted = status_of(body), spec_of(body).get("replicas", 1)
    ready_replicas, updated = status.get("readyReplicas", 0), status.get("updatedReplicas", 0)
    available = condition(body, "Available") is not None
    ready = available and is_current(body) and ready_replicas == updated == wanted
    text = "" if ready else f"{ready_replicas} of {wanted} groups are ready, {updated} up to date"
    return Health(
        reconciled=is_current(body) and bool(status.get("conditions")),
        ready=ready,
        reason="" if ready else "Progressing",
        message=text,
        active=status.get("replicas", 0),
        replicas=wanted,
        ready_replicas=ready_replicas,
        started=str(body["metadata"].get("creationTimestamp") or ""),
    )


def inference_service(body: Body, owned: Sequence[Body]) -> Health:
    ready = condition(body, "Ready") is not None and is_current(body)
    reason, message = ("", "") if ready else _why_not(body)
    return Health(
        reconciled=is_current(body) and bool(status_of(body)),
        ready=ready,
        reason=reason,
        message=message,
        started=str(body["metadata"].get("creationTimestamp") or ""),
    )


def _why_not(body: Body) -> tuple[str, str]:
    """What the model said as it failed to load tells more than any condition; then the first part that is not ready."""
    model = status_of(body).get("modelStatus") or {}
    failure = model.get("lastFailureInfo") or {}
    if failure and model.get("transitionStatus") != "UpToDate":
        reason = str(failure.get("reason") or model.get("transitionStatus"))
        return reason, str(
            failure.get("message") or f"its model ended with exit code {failure.get('exitCode')}"
        )
    parts = [
        c
        for c in status_of(body).get("conditions") or ()
        if c.get("status") == "False" and c.get("type") != "Ready"
    ]
    told = [said(part) for part in parts if any(said(part))]
    reason, message = told[0] if told else said(any_condition(body, "Ready"))
    return reason or "Starting", message or "its model is not loaded yet"
