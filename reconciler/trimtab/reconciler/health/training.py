"""Custom resources that train: JobSet, TrainJob, the Kubeflow jobs, Volcano's Job.

Each ends by a condition or phase of its own. A condition that is merely there says nothing: every one of them carries
`Failed: False` or `Suspended: False` at some time while it runs.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from trimtab.reconciler.cluster import Health
from trimtab.reconciler.health.queues import waits_in_queue
from trimtab.reconciler.health.reading import Body, condition, is_current, said, since, spec_of, status_of


def job_set(body: Body, owned: Sequence[Body]) -> Health:
    spec, status = spec_of(body), status_of(body)
    wanted = {each["name"]: each.get("replicas", 1) for each in spec.get("replicatedJobs") or ()}
    counted = {each["name"]: each for each in status.get("replicatedJobsStatus") or ()}
    done = [min(_up(counted.get(name, {})), count) for name, count in wanted.items()]
    return _training(
        body,
        owned,
        ends=("Completed", "Failed"),
        suspended=bool(spec.get("suspend")),
        ready=sum(done),
        wanted=sum(wanted.values()),
        active=sum(each.get("active", 0) for each in counted.values()),
        what="of its Jobs are ready",
        restarts=status.get("restarts", 0),
    )


def train_job(body: Body, owned: Sequence[Body]) -> Health:
    """Each of its steps is one Job."""
    steps = status_of(body).get("jobsStatus") or ()
    return _training(
        body,
        owned,
        ends=("Complete", "Failed"),
        suspended=bool(spec_of(body).get("suspend")),
        ready=sum(min(_up(step), 1) for step in steps),
        wanted=max(len(steps), 1),
        active=sum(step.get("active", 0) for step in steps),
        what="of its steps are ready",
    )


def _up(counts: Body) -> int:
    return int(counts.get("ready", 0)) + int(counts.get("succeeded", 0))


def kubeflow_job(body: Body, owned: Sequence[Body]) -> Health:
    """PyTorchJob, MPIJob, TFJob, XGBoostJob, PaddleJob, JAXJob."""
    spec, status = spec_of(body), status_of(body)
    roles = next((roles for name, roles in spec.items() if name.endswith("ReplicaSpecs")), None) or {}
    counted: Iterable[Body] = (status.get("replicaStatuses") or {}).values()
    wanted = sum(role.get("replicas", 1) for role in roles.values())
    active = sum(each.get("active", 0) for each in counted)
    running = condition(body, "Running") is not None
    return _training(
        body,
        owned,
        ends=("Succeeded", "Failed"),
        suspended=bool((spec.get("runPolicy") or {}).get("suspend")),
        ready=wanted if running else 0,
        wanted=wanted,
        active=active,
        what="of its Pods are running",
        started=str(status.get("startTime") or ""),
        ended=str(status.get("completionTime") or ""),
    )


def _training(
    body: Body,
    owned: Sequence[Body],
    *,
    ends: tuple[str, str],
    suspended: bool,
    ready: int,
    wanted: int,
    active: int,
    what: str,
    started: str = "",
    ended: str = "",
    restarts: int = 0,
) -> Health:
    well, badly = (condition(body, end) for end in ends)
    finished = True if well else False if badly else None
    is_ready = finished is None and not suspended and 0 < wanted <= ready
    reason, message = "", ""
    if finished is None and suspended:
        reason, message = waits_in_queue(body, owned) or ("Suspended", "it is suspended")
    elif badly:
        reason, message = said(badly)
    elif finished is None and not is_ready:
        reason, message = _restarting(body) or ("Starting", f"{ready} of {wanted} {what}")
    return Health(
        reconciled=finished is not None or (is_current(body) and bool(status_of(body))),
        ready=bool(finished) or is_ready,
        finished=finished,
        reason=reason,
        message=message,
        restarts=restarts,
        active=active,
        replicas=wanted,
        ready_replicas=ready if finished is None else 0,
        started=started or str(body["metadata"].get("creationTimestamp") or ""),
        ended=ended or since(well or badly),
    )


def _restarting(body: Body) -> tuple[str, str] | None:
    restarting = condition(body, "Restarting")
    return said(restarting) if restarting else None


_VOLCANO_ENDS = {"Completed": True, "Failed": False, "Terminated": False}


def volcano_job(body: Body, owned: Sequence[Body]) -> Health:
    """Aborted is suspended by another name: Volcano resumes it on command."""
    status = status_of(body)
    state = status.get("state") or {}
    phase = str(state.get("phase") or "Pending")
    finished = _VOLCANO_ENDS.get(phase)
    running, least = status.get("running", 0), status.get("minAvailable", 0)
    up = running + status.get("succeeded", 0)
    ready = phase == "Running" and up >= max(least, 1)
    text: dict[str, Any] = {}
    if not ready and finished is not True:
        otherwise = f"{up} of {least} Pods that it needs are running" if finished is None else ""
        text["reason"] = "Suspended" if phase == "Aborted" else str(state.get("reason") or phase)
        text["message"] = str(state.get("message") or otherwise)
    return Health(
        reconciled=bool(state),
        ready=ready or finished is True,
        finished=finished,
        restarts=status.get("retryCount", 0),
        active=running,
        replicas=sum(task.get("replicas", 1) for task in spec_of(body).get("tasks") or ()),
        ready_replicas=up if finished is None else 0,
        started=str(body["metadata"].get("creationTimestamp") or ""),
        ended=str(state.get("lastTransitionTime") or "") if finished is not None else "",
        **text,
    )
