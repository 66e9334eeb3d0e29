"""Health from an object as an API server shows it: the rules that every engine shares, one function a kind.

Pure: the object and, where it has any, its Pods in; three facts and the words of its containers out. A status that is
about an older generation proves nothing. A condition counts only where it says "True". A kind that is not known here
is reconciled as soon as it is there, unless a `Ready` condition of its own says otherwise. Addresses are not here:
where something answers is for the engine to say.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from trimtab.reconciler.cluster import Health

Body = Mapping[str, Any]

WAITING = "Waiting"
"""Condition type of the local engine: why an owner's Pods do not run yet, so that watching the owner is enough."""

INDEX_ANNOTATION = "batch.kubernetes.io/job-completion-index"


def health_of(body: Body, pods: Sequence[Body] = ()) -> Health:
    """`pods` are those that a Job or Deployment owns, in any order."""
    return _RULES.get(str(body.get("kind")), _other)(body, sorted(pods, key=_age))


def _age(pod: Body) -> tuple[str, str]:
    metadata = pod["metadata"]
    return str(metadata.get("creationTimestamp", "")), str(metadata["name"])


def condition(body: Body, kind: str) -> Body | None:
    """The condition of that type, if it holds."""
    found = (c for c in _status(body).get("conditions") or () if c.get("type") == kind)
    return next((c for c in found if c.get("status") == "True"), None)


def _status(body: Body) -> Body:
    return body.get("status") or {}


def _spec(body: Body) -> Body:
    return body.get("spec") or {}


def _current(body: Body) -> bool:
    """Its controller has seen what it asks for now."""
    observed = _status(body).get("observedGeneration")
    return observed is None or observed >= body["metadata"].get("generation", 0)


def _other(body: Body, pods: Sequence[Body]) -> Health:
    conditions = {c.get("type"): c for c in _status(body).get("conditions") or ()}
    ready = conditions.get("Ready")
    if ready is None:
        return Health(reconciled=_current(body), ready=_current(body))
    well = ready.get("status") == "True" and _current(body)
    return Health(_current(body), well, reason=ready.get("reason", ""), message=ready.get("message", ""))


def _namespace(body: Body, pods: Sequence[Body]) -> Health:
    leaving = _status(body).get("phase") == "Terminating" or "deletionTimestamp" in body["metadata"]
    return Health(ready=not leaving, reason="Terminating" if leaving else "")


def _claim(body: Body, pods: Sequence[Body]) -> Health:
    phase = _status(body).get("phase", "Pending")
    return Health(
        reconciled=phase == "Bound", ready=phase == "Bound", reason="" if phase == "Bound" else phase
    )


def _service(body: Body, pods: Sequence[Body]) -> Health:
    if _spec(body).get("type") in (None, "ClusterIP", "NodePort", "ExternalName"):
        return Health()
    given = bool((_status(body).get("loadBalancer") or {}).get("ingress"))
    return Health(ready=given, reason="" if given else "AddressPending")


def _autoscaler(body: Body, pods: Sequence[Body]) -> Health:
    status = _status(body)
    bad = next((c for c in status.get("conditions") or () if c.get("status") == "False"), None)
    able = bad is None or bad.get("type") == "ScalingLimited"
    text = {} if able or bad is None else {"reason": bad.get("reason", ""), "message": bad.get("message", "")}
    return Health(reconciled=_current(body), ready=able, replicas=status.get("currentReplicas", 0), **text)


def _deployment(body: Body, pods: Sequence[Body]) -> Health:
    status, wanted = _status(body), _spec(body).get("replicas", 1)
    reconciled = status.get("observedGeneration", 0) >= body["metadata"].get("generation", 0)
    total, updated = status.get("replicas", 0), status.get("updatedReplicas", 0)
    available, ready_replicas = status.get("availableReplicas", 0), status.get("readyReplicas", 0)
    ready = reconciled and total == updated == available == wanted
    reason, message = (
        ("", "")
        if ready
        else _why_not(body, pods, f"{available} of {wanted} replicas are up to date and ready")
    )
    return Health(
        reconciled=reconciled,
        ready=ready,
        reason=reason,
        message=message,
        restarts=sum(_restarts(pod) for pod in pods),
        active=total,
        replicas=wanted,
        ready_replicas=ready_replicas,
        started=body["metadata"].get("creationTimestamp", ""),
    )


def _why_not(body: Body, pods: Sequence[Body], otherwise: str) -> tuple[str, str]:
    waiting = condition(body, WAITING) or _waiting(pods)
    if waiting:
        return str(waiting.get("reason", "")), str(waiting.get("message", ""))
    late = next(
        (c for c in _status(body).get("conditions") or () if c.get("reason") == "ProgressDeadlineExceeded"),
        None,
    )
    return ("ProgressDeadlineExceeded", str(late.get("message", ""))) if late else ("Progressing", otherwise)


def _waiting(pods: Iterable[Body]) -> Body | None:
    """The first Pod that says why it does not run."""
    for pod in pods:
        reason, message = pod_reason(pod)
        if reason and not ended_well(pod):
            return {"reason": reason, "message": message}
    return None


def pod_reason(pod: Body) -> tuple[str, str]:
    """Why a Pod is not running as asked, in words for people; empty texts where it is."""
    status = _status(pod)
    states = [c.get("state") or {} for c in container_statuses(pod)]
    for state in states:
        if "waiting" in state and state["waiting"].get("reason") not in (
            None,
            "PodInitializing",
            "ContainerCreating",
        ):
            return str(state["waiting"]["reason"]), str(state["waiting"].get("message", ""))
    if status.get("reason"):
        return str(status["reason"]), str(status.get("message", ""))
    for state in states:
        if (state.get("terminated") or {}).get("exitCode"):
            return str(state["terminated"].get("reason", "Error")), _exit_text(state["terminated"])
    for each in status.get("conditions") or ():
        if each.get("type") == "PodScheduled" and each.get("status") == "False":
            return str(each.get("reason", "Unschedulable")), str(each.get("message", ""))
    return "", ""


def _exit_text(terminated: Body) -> str:
    signal = terminated.get("signal")
    ending = f"ended by signal {signal}" if signal else f"ended with exit code {terminated['exitCode']}"
    said = str(terminated.get("message") or "").strip()
    return f"{ending}: {said}" if said and not said.startswith("{") else ending


def container_statuses(pod: Body) -> list[Body]:
    status = _status(pod)
    return [*(status.get("initContainerStatuses") or ()), *(status.get("containerStatuses") or ())]


def ended_well(pod: Body) -> bool:
    return _status(pod).get("phase") == "Succeeded"


def _failed(pod: Body) -> bool:
    return _status(pod).get("phase") == "Failed"


def _restarts(pod: Body) -> int:
    return sum(int(c.get("restartCount", 0)) for c in container_statuses(pod))


def words_of(pods: Iterable[Body]) -> str:
    """The last words that are not empty: of the Pods that ended well, else of those that failed."""
    ended = list(pods)
    for way in (ended_well, _failed):
        said = [words for pod in ended if way(pod) for words in _pod_words(pod)]
        if said:
            return said[-1]
    return ""


def _pod_words(pod: Body) -> list[str]:
    """Termination messages of its containers: as they ended, or as they last ended before a restart."""
    states = [c.get("state") or {} for c in _status(pod).get("containerStatuses") or ()]
    return [
        state["terminated"]["message"] for state in states if (state.get("terminated") or {}).get("message")
    ]


def _exit_codes(pod: Body) -> list[int]:
    states = (c.get("state") or {} for c in container_statuses(pod))
    return [int(state["terminated"]["exitCode"]) for state in states if "terminated" in state]


def _pod(body: Body, pods: Sequence[Body]) -> Health:
    status, phase = _status(body), _status(body).get("phase", "Pending")
    finished = {"Succeeded": True, "Failed": False}.get(phase)
    ready = condition(body, "Ready") is not None or finished is True
    reason, message = ("", "") if ready else pod_reason(body)
    codes = _exit_codes(body)
    return Health(
        ready=ready,
        finished=finished,
        reason=reason or ("" if ready else phase),
        message=message,
        words=words_of([body]),
        exit_code=None if finished is None or not codes else max(codes),
        restarts=_restarts(body),
        active=int(phase == "Running"),
        started=str(status.get("startTime") or ""),
        ended=_ended(body) if finished is not None else "",
    )


def _ended(pod: Body) -> str:
    states = (c.get("state") or {} for c in container_statuses(pod))
    return max((str(s["terminated"].get("finishedAt", "")) for s in states if "terminated" in s), default="")


def _job(body: Body, pods: Sequence[Body]) -> Health:
    status = _status(body)
    complete, failed = condition(body, "Complete"), condition(body, "Failed")
    finished = True if complete else False if failed else None
    reason, message = _job_reason(body, pods)
    active, ready = status.get("active", 0), status.get("ready", 0)
    return Health(
        reconciled=finished is not None or bool(status.get("startTime")) or _suspended(body),
        ready=bool(finished) or (finished is None and 0 < active == ready),
        finished=finished,
        reason=reason,
        message=message,
        words=words_of(pods),
        exit_code=_job_exit_code(finished, pods),
        restarts=_job_restarts(pods),
        active=active,
        replicas=_spec(body).get("parallelism", 1),
        ready_replicas=ready,
        started=str(status.get("startTime") or ""),
        ended=str(status.get("completionTime") or (failed or {}).get("lastTransitionTime") or ""),
    )


def _suspended(body: Body) -> bool:
    return bool(_spec(body).get("suspend")) and condition(body, "Suspended") is not None


def _job_reason(body: Body, pods: Sequence[Body]) -> tuple[str, str]:
    if condition(body, "Complete"):
        return "", ""
    failed = condition(body, "Failed")
    if failed:
        why = next((text for pod in reversed(pods) if _failed(pod) and (text := pod_reason(pod)[1])), "")
        said = str(failed.get("message", ""))
        return str(failed.get("reason", "")), f"{said}: {why}" if said and why else said or why
    if _suspended(body):
        return "Suspended", "it is suspended"
    waiting = condition(body, WAITING) or _waiting([pod for pod in pods if not _failed(pod)])
    return (str(waiting.get("reason", "")), str(waiting.get("message", ""))) if waiting else ("", "")


def _job_exit_code(finished: bool | None, pods: Sequence[Body]) -> int | None:
    if finished is None:
        return None
    codes = [code for pod in pods if _failed(pod) for code in _exit_codes(pod) if code]
    return 0 if finished else codes[-1] if codes else None


def _job_restarts(pods: Sequence[Body]) -> int:
    """How often the most restarted of its Pods began anew. The Pods of a gang fall together: they count once."""
    groups: dict[str, list[Body]] = {}
    for pod in pods:
        groups.setdefault((pod["metadata"].get("annotations") or {}).get(INDEX_ANNOTATION, ""), []).append(
            pod
        )
    return max((_begun_anew(group) for group in groups.values()), default=0)


def _begun_anew(pods: Sequence[Body]) -> int:
    return sum(_restarts(pod) for pod in pods) + sum(_failed(pod) for pod in pods[:-1])


_RULES: Mapping[str, Callable[[Body, Sequence[Body]], Health]] = {
    "Deployment": _deployment,
    "HorizontalPodAutoscaler": _autoscaler,
    "Job": _job,
    "Namespace": _namespace,
    "PersistentVolumeClaim": _claim,
    "Pod": _pod,
    "Service": _service,
}
