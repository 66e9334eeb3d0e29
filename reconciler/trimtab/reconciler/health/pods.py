"""Pods: whether they run, why they don't, and what their containers said as they ended."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from trimtab.reconciler.cluster import Health
from trimtab.reconciler.health import sentences
from trimtab.reconciler.health.reading import Body, any_condition, condition, said, status_of

INDEX_ANNOTATION = "batch.kubernetes.io/job-completion-index"

CRASHES, KEEPS_FAILING = "CrashLoopBackOff", "KeepsFailing"
ENOUGH = 3
"""Restarts after which nobody waits for a container to run: it is started again all the same, ever more seldom."""

_STARTING = frozenset({"PodInitializing", "ContainerCreating"})


def pod(body: Body, pods: Sequence[Body]) -> Health:
    status, phase = status_of(body), status_of(body).get("phase", "Pending")
    finished = {"Succeeded": True, "Failed": False}.get(phase)
    ready = condition(body, "Ready") is not None or finished is True
    reason, message = ("", "") if ready else pod_reason(body)
    codes = exit_codes(body)
    return Health(
        ready=ready,
        finished=finished,
        reason=reason or ("" if ready else phase),
        message=message,
        words=words_of([body]),
        exit_code=None if finished is None or not codes else max(codes),
        restarts=restarts(body),
        active=int(phase == "Running"),
        started=str(status.get("startTime") or ""),
        ended=_ended(body) if finished is not None else "",
    )


def pod_reason(body: Body) -> tuple[str, str]:
    """Why a Pod is not running as asked, in words for people; empty texts where it is."""
    status = status_of(body)
    containers = container_statuses(body)
    for container in containers:
        reason, message = _waiting(container)
        if reason:
            return reason, message
    if status.get("reason"):
        return str(status["reason"]), str(status.get("message", ""))
    for container in containers:
        ended = _terminated(container)
        if ended.get("exitCode"):
            return str(ended.get("reason", "Error")), exit_text(ended)
    return _unscheduled(body)


def _waiting(container: Body) -> tuple[str, str]:
    waiting = (container.get("state") or {}).get("waiting") or {}
    reason = str(waiting.get("reason") or "")
    if not reason or reason in _STARTING:
        return "", ""
    message, image = str(waiting.get("message") or ""), str(container.get("image") or "")
    if reason == CRASHES and int(container.get("restartCount", 0)) >= ENOUGH:
        reason = KEEPS_FAILING
    before = (container.get("lastState") or {}).get("terminated")
    if before and message.startswith("back-off "):  # a kubelet counts the seconds, and leaves out the cause
        return reason, f"it fails again and again: {exit_text(before)}"
    return reason, sentences.not_started(reason, message, image)


def _unscheduled(body: Body) -> tuple[str, str]:
    scheduled = any_condition(body, "PodScheduled") or {}
    if scheduled.get("status") != "False":
        return "", ""
    reason, message = said(scheduled)
    if reason == "SchedulingGated":
        return reason, "it is held back until something opens its scheduling gates"
    return reason or "Unschedulable", sentences.unscheduled(message)


def exit_text(terminated: Body) -> str:
    signal = terminated.get("signal")
    ending = f"ended by signal {signal}" if signal else f"ended with exit code {terminated.get('exitCode')}"
    if terminated.get("reason") == "OOMKilled":
        ending = f"{ending}, out of memory"
    line = sentences.telling(str(terminated.get("message") or ""))
    return f"{ending}: {line}" if line and not line.startswith("{") else ending


def waits(pods: Iterable[Body]) -> tuple[str, str]:
    """What the first Pod says that does not run and is to."""
    for each in pods:
        reason, message = pod_reason(each)
        if reason and not ended_well(each) and not is_leaving(each):
            return reason, message
    return "", ""


def container_statuses(body: Body) -> list[Body]:
    status = status_of(body)
    return [*(status.get("initContainerStatuses") or ()), *(status.get("containerStatuses") or ())]


def ended_well(body: Body) -> bool:
    return status_of(body).get("phase") == "Succeeded"


def has_failed(body: Body) -> bool:
    return status_of(body).get("phase") == "Failed"


def is_leaving(body: Body) -> bool:
    return bool(body["metadata"].get("deletionTimestamp"))


def restarts(body: Body) -> int:
    return sum(int(c.get("restartCount", 0)) for c in container_statuses(body))


def words_of(pods: Iterable[Body]) -> str:
    """The last words that are not empty: of the Pods that ended well, else of those that failed."""
    ended = list(pods)
    for way in (ended_well, has_failed):
        words = [each for body in ended if way(body) for each in _words(body)]
        if words:
            return words[-1]
    return ""


def _words(body: Body) -> list[str]:
    """Termination messages of its containers."""
    ends = (_terminated(container) for container in status_of(body).get("containerStatuses") or ())
    return [str(end["message"]) for end in ends if end.get("message")]


def exit_codes(body: Body) -> list[int]:
    return [int(end["exitCode"]) for container in container_statuses(body) if (end := _terminated(container))]


def _terminated(container: Body) -> Mapping[str, Any]:
    return (container.get("state") or {}).get("terminated") or {}


def _ended(body: Body) -> str:
    ends = (_terminated(container) for container in container_statuses(body))
    return max((str(end.get("finishedAt", "")) for end in ends if end), default="")
