"""What is to become of a Job, decided from its counts alone: whether it has failed or is complete, what is still wanted."""

from __future__ import annotations

from collections.abc import Sequence

from trimtab.reconciler.health import condition
from trimtab.reconciler.local.controllers.controller import seconds_since
from trimtab.reconciler.local.controllers.hindrance import NOT_RUNNABLE
from trimtab.reconciler.local.controllers.job_status import Judged, Tally, index_of, set_to_ranges
from trimtab.reconciler.local.objects import Stored

BACKOFF_LIMIT = 6

Failure = tuple[str, str]
"""Reason and message of the Failed condition."""


def failure(job: Stored, count: Tally, judged: Sequence[Judged], now: str) -> Failure | None:
    if target := condition(job.body, "FailureTarget"):
        return target["reason"], target["message"]
    for each in judged:
        if each.pod.status.get("reason") == NOT_RUNNABLE:
            return NOT_RUNNABLE, str(each.pod.status.get("message", ""))
        if each.action == "FailJob":
            return "PodFailurePolicy", f"Pod {each.pod.ref.name} failed, and {each.rule} fails the Job for it"
    left = deadline_left(job, now)
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


def deadline_left(job: Stored, now: str) -> float | None:
    allowed, started = job.spec.get("activeDeadlineSeconds"), job.status.get("startTime")
    return None if allowed is None or not started else float(allowed) - seconds_since(started, now)


def complete(job: Stored, count: Tally) -> bool:
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


def wanted_indexes(job: Stored, count: Tally) -> Sequence[int | None]:
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


def surplus(job: Stored, count: Tally) -> Sequence[Stored]:
    """The youngest go first."""
    return list(count.alive)[job.spec.get("parallelism", 1) :]
