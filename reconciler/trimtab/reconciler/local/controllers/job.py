"""Jobs: as many Pods as it takes, tried again as often as allowed, and an end that is said once.

One Pod object an attempt. Retries wait twice as long each time, from a second on: nobody shares this machine's
scheduler with us. An attempt that can't run here at all (no such image, no such command) ends the Job at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from trimtab.reconciler.health import WAITING, pod_reason
from trimtab.reconciler.local.controllers import conditions
from trimtab.reconciler.local.controllers.controller import Controller, seconds_since
from trimtab.reconciler.local.controllers.job_decisions import (
    Failure,
    complete,
    deadline_left,
    failure,
    surplus,
    wanted_indexes,
)
from trimtab.reconciler.local.controllers.job_pods import pod_of
from trimtab.reconciler.local.controllers.job_status import Tally, index_of, judge, set_to_ranges, tally
from trimtab.reconciler.local.objects import Stored

MANAGER = "job-controller"
FIRST_BACKOFF, LAST_BACKOFF = 1.0, 60.0


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
        bad = failure(stored, count, judged, self.engine.now())
        if stored.spec.get("suspend"):
            self._suspend(stored, count)
        elif bad is not None:
            self._fail(stored, count, bad)
        elif complete(stored, count):
            self._complete(stored, count)
        else:
            return _sooner(self._run(stored, count), deadline_left(stored, self.engine.now()))
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

    def _fail(self, job: Stored, count: Tally, why: Failure) -> None:
        """First the Pods go, then it has failed: who sees the end sees nothing running."""
        for pod in count.alive:
            self.delete(pod)
        reason, message = why
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
        for index in wanted_indexes(job, count):
            left = self._backoff_left(job, count, index)
            if left > 0:
                wait = _sooner(wait, left)
                continue
            self.engine.create(pod_of(job, index), MANAGER)
            made += 1
        for pod in surplus(job, count):
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
