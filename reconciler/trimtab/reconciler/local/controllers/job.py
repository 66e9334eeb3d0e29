"""Jobs: as many Pods as it takes, tried again as often as allowed, and an end that is said once.

One Pod object an attempt. Retries wait twice as long each time, from a second on: nobody shares this machine's
scheduler with us. An attempt that can't run here at all (no such image, no such command) ends the Job at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from trimtab.reconciler.health import INDEX_ANNOTATION, WAITING, pod_reason
from trimtab.reconciler.local.controllers import conditions
from trimtab.reconciler.local.controllers.controller import Controller, seconds_since
from trimtab.reconciler.local.controllers.hindrance import NOT_RUNNABLE
from trimtab.reconciler.local.controllers.job_status import (
    Judged,
    Tally,
    index_of,
    judge,
    set_to_ranges,
    tally,
)
from trimtab.reconciler.local.controllers.pod_making import pod_from
from trimtab.reconciler.local.objects import Body, Stored

MANAGER = "job-controller"
BACKOFF_LIMIT = 6
FIRST_BACKOFF, LAST_BACKOFF = 1.0, 60.0

Failure = tuple[str, str]
"""Reason and message of the Failed condition."""


class JobController(Controller):
    kind = ("batch/v1", "Job")

    def reconcile(self, stored: Stored) -> float | None:
        if stored.deleting:
            return None
        if _over(stored):
            return self._after_the_end(stored)
        pods = self.owned_pods(stored)
        judged = judge(stored, pods)
        count = tally(stored, pods, judged)
        failure = _failure(stored, count, judged, self.engine.now())
        if stored.spec.get("suspend"):
            self._suspend(stored, count)
        elif failure is not None:
            self._fail(stored, count, failure)
        elif _complete(stored, count):
            self._complete(stored, count)
        else:
            return _sooner(self._run(stored, count), _deadline_left(stored, self.engine.now()))
        return None

    def _after_the_end(self, job: Stored) -> float | None:
        keep = job.spec.get("ttlSecondsAfterFinished")
        if keep is None:
            return None
        ended = next(
            c
            for c in job.status["conditions"]
            if c["type"] in ("Complete", "Failed") and c["status"] == "True"
        )
        left = float(keep) - seconds_since(ended["lastTransitionTime"], self.engine.now())
        if left > 0:
            return left
        self.delete(job)
        return None

    def _suspend(self, job: Stored, count: Tally) -> None:
        for pod in count.alive:
            self.delete(pod)
        said = conditions.put(
            _conditions(job), "Suspended", True, self.engine.now(), "JobSuspended", "Job suspended"
        )
        self._write(job, count, said, startTime=None)

    def _fail(self, job: Stored, count: Tally, failure: Failure) -> None:
        """First the Pods go, then it has failed: who sees the end sees nothing running."""
        for pod in count.alive:
            self.delete(pod)
        reason, message = failure
        said = conditions.put(_conditions(job), "FailureTarget", True, self.engine.now(), reason, message)
        if not count.alive and not count.leaving:
            said = conditions.put(said, "Failed", True, self.engine.now(), reason, message)
            self.engine.say(job.ref, reason, message)
        self._write(job, count, said)

    def _complete(self, job: Stored, count: Tally) -> None:
        for pod in count.alive:
            self.delete(pod)
        now, message = self.engine.now(), "Reached expected number of succeeded pods"
        said = conditions.put(
            _conditions(job), "SuccessCriteriaMet", True, now, "CompletionsReached", message
        )
        if count.alive or count.leaving:
            self._write(job, count, said)
            return
        said = conditions.put(said, "Complete", True, now, "CompletionsReached", message)
        self._write(job, count, said, completionTime=now)
        self.engine.say(job.ref, "Completed", "Job completed")

    def _run(self, job: Stored, count: Tally) -> float | None:
        said = _conditions(job)
        if conditions.holds(said, "Suspended"):
            said = conditions.put(said, "Suspended", False, self.engine.now(), "JobResumed", "Job resumed")
        wait = None
        made = 0
        for index in _wanted_indexes(job, count):
            left = self._backoff_left(job, count, index)
            if left > 0:
                wait = _sooner(wait, left)
                continue
            self.engine.create(_pod(job, index), MANAGER)
            made += 1
        for pod in _surplus(job, count):
            self.delete(pod)
        self._write(job, count, said, startTime=job.status.get("startTime") or self.engine.now(), made=made)
        return wait

    def _backoff_left(self, job: Stored, count: Tally, index: int | None) -> float:
        """Seconds that the next attempt has to wait, by the failures that it follows."""
        alone = job.spec.get("backoffLimitPerIndex") is not None
        failed = [pod for pod in count.failed if not alone or index_of(pod) == index]
        if not failed:
            return 0.0
        wait = min(LAST_BACKOFF, FIRST_BACKOFF * 2.0 ** (len(failed) - 1))
        last = max(_ended(pod) for pod in failed)
        return wait - seconds_since(last, self.engine.now()) if last else 0.0

    def _write(
        self,
        job: Stored,
        count: Tally,
        said: Sequence[conditions.Condition],
        made: int = 0,
        **more: Any,
    ) -> None:
        indexed = job.spec.get("completionMode") == "Indexed"
        status = {
            **job.status,
            "conditions": _with_waiting(said, count, self.engine.now()),
            "active": len(count.alive) + made,
            "ready": count.ready,
            "terminating": len(count.leaving),
            "succeeded": len(count.completed)
            if indexed
            else max(len(count.succeeded), job.status.get("succeeded", 0)),
            "failed": max(len(count.failed), job.status.get("failed", 0)),
            "completedIndexes": set_to_ranges(count.completed),
            "failedIndexes": set_to_ranges(count.failed_indexes),
            **more,
        }
        kept = {key: value for key, value in status.items() if value not in (None, "")}
        self.engine.set_status(job.ref, kept)


def _conditions(job: Stored) -> list[conditions.Condition]:
    return list(job.status.get("conditions") or ())


def _with_waiting(said: Sequence[conditions.Condition], count: Tally, now: str) -> list[conditions.Condition]:
    """Why its Pods do not run yet, so that watching the Job is enough to know."""
    for pod in count.alive:
        reason, message = pod_reason(pod.body)
        if reason:
            return conditions.put(said, WAITING, True, now, reason, message)
    return conditions.without(said, WAITING)


def _over(job: Stored) -> bool:
    return any(conditions.holds(_conditions(job), kind) for kind in ("Complete", "Failed"))


def _failure(job: Stored, count: Tally, judged: Sequence[Judged], now: str) -> Failure | None:
    if target := next((c for c in _conditions(job) if c["type"] == "FailureTarget"), None):
        return target["reason"], target["message"]
    for each in judged:
        if each.pod.status.get("reason") == NOT_RUNNABLE:
            return NOT_RUNNABLE, str(each.pod.status.get("message", ""))
        if each.action == "FailJob":
            return "PodFailurePolicy", f"Pod {each.pod.ref.name} failed, and {each.rule} fails the Job for it"
    left = _deadline_left(job, now)
    if left is not None and left <= 0:
        return "DeadlineExceeded", f"it ran longer than its {job.spec['activeDeadlineSeconds']} s"
    if count.failures > _limit(job):
        return "BackoffLimitExceeded", f"it was tried {count.failures} times"
    return _failed_by_index(job, count)


def _limit(job: Stored) -> float:
    given = job.spec.get("backoffLimit")
    if given is None:
        return float("inf") if job.spec.get("backoffLimitPerIndex") is not None else BACKOFF_LIMIT
    return float(given)


def _failed_by_index(job: Stored, count: Tally) -> Failure | None:
    most = job.spec.get("maxFailedIndexes")
    bad = set_to_ranges(count.failed_indexes)
    if most is not None and len(count.failed_indexes) > most:
        return "MaxFailedIndexesExceeded", f"more than {most} of its indexes failed: {bad}"
    if bad and len(count.failed_indexes | count.completed) >= job.spec["completions"]:
        return "FailedIndexes", f"these of its indexes failed: {bad}"
    return None


def _deadline_left(job: Stored, now: str) -> float | None:
    allowed, started = job.spec.get("activeDeadlineSeconds"), job.status.get("startTime")
    return None if allowed is None or not started else float(allowed) - seconds_since(started, now)


def _complete(job: Stored, count: Tally) -> bool:
    wanted = job.spec.get("completions")
    if job.spec.get("completionMode") == "Indexed":
        return len(count.completed) >= _completions(job)
    succeeded = max(len(count.succeeded), job.status.get("succeeded", 0))
    if wanted is None:
        return succeeded > 0 and not count.alive
    return bool(succeeded >= wanted)


def _completions(job: Stored) -> int:
    """Of an Indexed Job, which always says it."""
    return int(job.spec["completions"])


def _wanted_indexes(job: Stored, count: Tally) -> Sequence[int | None]:
    """One for each Pod to make now; a stopping Pod keeps its place until it has ended."""
    places = job.spec.get("parallelism", 1) - len(count.alive) - len(count.leaving)
    completions = job.spec.get("completions")
    if job.spec.get("completionMode") == "Indexed":
        taken = {index_of(pod) for pod in (*count.alive, *count.leaving)}
        gone = taken | count.completed | count.failed_indexes
        return [index for index in range(_completions(job)) if index not in gone][: max(places, 0)]
    if completions is None:
        return [None] * (0 if count.succeeded else max(places, 0))
    left = completions - len(count.succeeded) - len(count.alive) - len(count.leaving)
    return [None] * max(min(places, left), 0)


def _surplus(job: Stored, count: Tally) -> Sequence[Stored]:
    """The youngest go first."""
    return list(count.alive)[job.spec.get("parallelism", 1) :]


def _pod(job: Stored, index: int | None) -> Body:
    name = job.ref.name
    labels = {
        "batch.kubernetes.io/controller-uid": job.uid,
        "batch.kubernetes.io/job-name": name,
        "controller-uid": job.uid,
        "job-name": name,
    }
    if index is None:
        return pod_from(job, job.spec["template"], name, labels=labels)
    template = job.spec["template"]
    return pod_from(
        job,
        template,
        f"{name}-{index}",
        labels={**labels, INDEX_ANNOTATION: str(index)},
        annotations={INDEX_ANNOTATION: str(index)},
        spec={"hostname": f"{name}-{index}", **_with_index(template["spec"])},
    )


def _with_index(spec: Mapping[str, Any]) -> dict[str, Any]:
    """Its containers learn their index, as on any cluster."""
    source = {"fieldRef": {"fieldPath": f"metadata.annotations['{INDEX_ANNOTATION}']"}}
    variable = {"name": "JOB_COMPLETION_INDEX", "valueFrom": source}
    return {
        field: [{**container, "env": [variable, *(container.get("env") or ())]} for container in spec[field]]
        for field in ("initContainers", "containers")
        if spec.get(field)
    }


def _ended(pod: Stored) -> str:
    statuses = [
        *(pod.status.get("initContainerStatuses") or ()),
        *(pod.status.get("containerStatuses") or ()),
    ]
    ends = (
        status["state"]["terminated"].get("finishedAt", "")
        for status in statuses
        if "terminated" in status["state"]
    )
    return max(ends, default="")


def _sooner(one: float | None, other: float | None) -> float | None:
    return min((wait for wait in (one, other) if wait is not None), default=None)
