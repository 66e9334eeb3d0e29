"""Jobs and what makes them: three facts, the last words of their Pods, and why they have not begun."""

from __future__ import annotations

from collections.abc import Sequence

from trimtab.reconciler.cluster import Health
from trimtab.reconciler.health import pods as of_pods
from trimtab.reconciler.health.queues import waits_in_queue
from trimtab.reconciler.health.reading import Body, condition, said, since, spec_of, status_of

WAITING = "Waiting"
"""Condition type of the local engine: why an owner's Pods do not run yet, so that watching the owner is enough."""

PODS_NOT_MADE = "PodsNotMade"
"""Reason of a Job that has begun and has no Pod."""


def job(body: Body, owned: Sequence[Body]) -> Health:
    status, pods = status_of(body), _pods(owned)
    failed = condition(body, "Failed")
    finished = True if condition(body, "Complete") else False if failed else None
    reason, message = _reason(body, owned)
    active, ready = status.get("active", 0), status.get("ready", 0)
    return Health(
        reconciled=finished is not None or bool(status.get("startTime")) or _suspended(body),
        ready=bool(finished) or (finished is None and 0 < active == ready),
        finished=finished,
        reason=reason,
        message=message,
        words=of_pods.words_of(pods),
        exit_code=_exit_code(finished, pods),
        restarts=_restarts(pods),
        active=active,
        replicas=spec_of(body).get("parallelism", 1),
        ready_replicas=ready,
        started=str(status.get("startTime") or ""),
        ended=str(status.get("completionTime") or since(failed)),
    )


def cron_job(body: Body, owned: Sequence[Body]) -> Health:
    """It makes Jobs and never ends; how they end is theirs to say. Suspended, it is as it was asked to be."""
    reason, message = ("Suspended", "it is suspended") if spec_of(body).get("suspend") else ("", "")
    return Health(reason=reason, message=message, active=len(status_of(body).get("active") or ()))


def _pods(owned: Sequence[Body]) -> Sequence[Body]:
    return [each for each in owned if each.get("kind") == "Pod"]


def _suspended(body: Body) -> bool:
    return bool(spec_of(body).get("suspend")) and condition(body, "Suspended") is not None


def _reason(body: Body, owned: Sequence[Body]) -> tuple[str, str]:
    if condition(body, "Complete"):
        return "", ""
    pods = _pods(owned)
    failed = condition(body, "Failed")
    if failed:
        return _why_failed(failed, pods)
    if _suspended(body):
        return waits_in_queue(body, owned) or ("Suspended", "it is suspended")
    if waiting := condition(body, WAITING):
        return said(waiting)
    reason, message = of_pods.waits(each for each in pods if not of_pods.has_failed(each))
    return (reason, message) if reason else _not_made(body, pods)


def _why_failed(failed: Body, pods: Sequence[Body]) -> tuple[str, str]:
    ends = (of_pods.pod_reason(each)[1] for each in reversed(pods) if of_pods.has_failed(each))
    why = next((text for text in ends if text), "")
    reason, message = said(failed)
    if not message or message in why:
        return reason, why or message
    return reason, f"{message}: {why}" if why else message


def _not_made(body: Body, pods: Sequence[Body]) -> tuple[str, str]:
    """A controller tells of a quota that is used up, or of a webhook that refuses, in events alone."""
    status = status_of(body)
    begun = any(status.get(count) for count in ("active", "succeeded", "failed"))
    if pods or begun or not status.get("startTime"):
        return "", ""
    return PODS_NOT_MADE, "none of its Pods could be made yet: its events say why"


def _exit_code(finished: bool | None, pods: Sequence[Body]) -> int | None:
    if finished is None:
        return None
    codes = [code for pod in pods if of_pods.has_failed(pod) for code in of_pods.exit_codes(pod) if code]
    return 0 if finished else codes[-1] if codes else None


def _restarts(pods: Sequence[Body]) -> int:
    """How often the most restarted of its Pods began anew. The Pods of a gang fall together: they count once."""
    groups: dict[str, list[Body]] = {}
    for pod in pods:
        index = (pod["metadata"].get("annotations") or {}).get(of_pods.INDEX_ANNOTATION, "")
        groups.setdefault(index, []).append(pod)
    return max((_begun_anew(group) for group in groups.values()), default=0)


def _begun_anew(pods: Sequence[Body]) -> int:
    return sum(of_pods.restarts(pod) for pod in pods) + sum(of_pods.has_failed(pod) for pod in pods[:-1])
