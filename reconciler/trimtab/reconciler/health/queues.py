"""Kueue: what stands in a queue, and why it is not let in yet. What waits is neither failed nor healthy."""

from __future__ import annotations

from collections.abc import Sequence

from trimtab.reconciler.cluster import Health
from trimtab.reconciler.health import sentences
from trimtab.reconciler.health.reading import (
    Body,
    any_condition,
    condition,
    group_of,
    queue_of,
    said,
    since,
    spec_of,
    status_of,
)

KUEUE = "kueue.x-k8s.io"
_SUCCESS = frozenset({"Succeeded", "JobFinished"})


def workload(body: Body, owned: Sequence[Body]) -> Health:
    done, admitted = condition(body, "Finished"), condition(body, "Admitted")
    if done:
        reason, message = said(done)
        well = reason in _SUCCESS
        reason, message = ("", "") if well else (reason, message)
        return Health(ready=well, finished=well, reason=reason, message=message, ended=since(done))
    if admitted:
        running = condition(body, "PodsReady") is not None
        reason, message = ("", "") if running else said(any_condition(body, "PodsReady"))
        return Health(ready=running, reason=reason, message=message, started=since(admitted))
    reason, message = _why_not_admitted(body)
    reconciled = bool(status_of(body).get("conditions"))
    return Health(reconciled=reconciled, ready=False, reason=reason, message=message)


def waits_in_queue(body: Body, owned: Sequence[Body]) -> tuple[str, str] | None:
    """Why something suspended does not run, if a queue holds it."""
    queue = queue_of(body)
    standing = next(
        (each for each in owned if group_of(each) == KUEUE and each.get("kind") == "Workload"), None
    )
    if standing is not None:
        return _why_not_admitted(standing)
    return ("Queued", sentences.in_queue(queue, "")) if queue else None


def _why_not_admitted(body: Body) -> tuple[str, str]:
    queue = str(spec_of(body).get("queueName") or "")
    evicted = condition(body, "Evicted")
    if spec_of(body).get("active") is False:
        return "Deactivated", f"its queue has given it up: {said(evicted)[1] or 'it was deactivated'}"
    message = said(any_condition(body, "QuotaReserved"))[1]
    checks = [c for c in status_of(body).get("admissionChecks") or () if c.get("state") != "Ready"]
    if condition(body, "QuotaReserved"):
        waits = ", ".join(str(check.get("name")) for check in checks) or "admission"
        return "Queued", f"it has its quota, and waits for {waits}"
    preempted = evicted is not None and said(evicted)[0] == "Preempted"
    text = sentences.in_queue(queue, message)
    return ("Preempted", f"it was preempted; {text}") if preempted else ("Queued", text)
