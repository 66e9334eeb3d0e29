"""What a Job's Pods say of it: pure counting, as batch/v1 defines it.

Pods stay until their Job goes, so nearly everything is counted afresh; what was once completed stays so even when
somebody deletes a Pod by hand.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from trimtab.reconciler.health import INDEX_ANNOTATION
from trimtab.reconciler.local.controllers.controller import is_ended, is_ready, phase
from trimtab.reconciler.local.objects import Stored


@dataclass(frozen=True, slots=True)
class Tally:
    """`alive` Pods run or will; `leaving` are being stopped; `failures` count against the limit."""

    alive: Sequence[Stored]
    leaving: Sequence[Stored]
    succeeded: Sequence[Stored]
    failed: Sequence[Stored]
    failures: int
    completed: frozenset[int]
    failed_indexes: frozenset[int]

    @property
    def ready(self) -> int:
        return sum(is_ready(pod) for pod in self.alive)


@dataclass(frozen=True, slots=True)
class Judged:
    """How a failed Pod counts, by the Job's podFailurePolicy."""

    pod: Stored
    action: str  # Count, Ignore, FailIndex, FailJob
    rule: str


def index_of(pod: Stored) -> int:
    return int(pod.annotations.get(INDEX_ANNOTATION, -1))


def tally(job: Stored, pods: Sequence[Stored], judged: Sequence[Judged]) -> Tally:
    alive = [pod for pod in pods if not is_ended(pod) and not pod.deleting]
    succeeded = [pod for pod in pods if phase(pod) == "Succeeded"]
    counted = [j for j in judged if j.action != "Ignore"]
    in_place = job.spec["template"]["spec"].get("restartPolicy") == "OnFailure"
    restarts = sum(_restarts(pod) for pod in alive) if in_place else 0
    completed = frozenset(index_of(pod) for pod in succeeded) | ranges_to_set(
        job.status.get("completedIndexes", "")
    )
    return Tally(
        alive=alive,
        leaving=[pod for pod in pods if pod.deleting and not is_ended(pod)],
        succeeded=succeeded,
        failed=[j.pod for j in judged],
        failures=len(counted) + restarts,
        completed=completed - {-1},
        failed_indexes=_failed_indexes(job, judged) - completed,
    )


def _restarts(pod: Stored) -> int:
    statuses = [
        *(pod.status.get("initContainerStatuses") or ()),
        *(pod.status.get("containerStatuses") or ()),
    ]
    return sum(int(status.get("restartCount", 0)) for status in statuses)


def _failed_indexes(job: Stored, judged: Iterable[Judged]) -> frozenset[int]:
    limit = job.spec.get("backoffLimitPerIndex")
    if limit is None:
        return frozenset()
    judged = list(judged)
    at_once = {index_of(j.pod) for j in judged if j.action == "FailIndex"}
    counts: dict[int, int] = {}
    for each in judged:
        if each.action != "Ignore":
            counts[index_of(each.pod)] = counts.get(index_of(each.pod), 0) + 1
    known = ranges_to_set(job.status.get("failedIndexes", ""))
    return frozenset(at_once | known | {index for index, count in counts.items() if count > limit})


def judge(job: Stored, pods: Iterable[Stored]) -> list[Judged]:
    """Each failed Pod, and what the first matching rule says of it. A Pod that somebody took away is no failure."""
    rules = (job.spec.get("podFailurePolicy") or {}).get("rules") or ()
    failed = [pod for pod in pods if phase(pod) == "Failed" and not pod.deleting]
    return [_judged(pod, rules) for pod in failed]


def _judged(pod: Stored, rules: Sequence[Mapping[str, Any]]) -> Judged:
    for number, rule in enumerate(rules):
        if _matches(pod, rule):
            return Judged(pod, rule["action"], f"rule at index {number}")
    return Judged(pod, "Count", "")


def _matches(pod: Stored, rule: Mapping[str, Any]) -> bool:
    if "onExitCodes" in rule:
        return any(_exit_matches(status, rule["onExitCodes"]) for status in _terminated(pod))
    wanted = rule.get("onPodConditions") or ()
    found = {(c["type"], c["status"]) for c in pod.status.get("conditions") or ()}
    return any((each["type"], each.get("status", "True")) in found for each in wanted)


def _terminated(pod: Stored) -> list[Mapping[str, Any]]:
    statuses = [
        *(pod.status.get("initContainerStatuses") or ()),
        *(pod.status.get("containerStatuses") or ()),
    ]
    return [status for status in statuses if "terminated" in (status.get("state") or {})]


def _exit_matches(status: Mapping[str, Any], rule: Mapping[str, Any]) -> bool:
    code = status["state"]["terminated"]["exitCode"]
    if code == 0 or rule.get("containerName", status["name"]) != status["name"]:
        return False
    return bool((code in rule["values"]) == (rule["operator"] == "In"))


def ranges_to_set(text: str) -> frozenset[int]:
    """`1,3-5` -> 1, 3, 4, 5."""
    found: set[int] = set()
    for part in filter(None, text.split(",")):
        first, _, last = part.partition("-")
        found.update(range(int(first), int(last or first) + 1))
    return frozenset(found)


def set_to_ranges(indexes: Iterable[int]) -> str:
    out: list[list[int]] = []
    for index in sorted(indexes):
        if out and out[-1][1] == index - 1:
            out[-1][1] = index
        else:
            out.append([index, index])
    return ",".join(str(first) if first == last else f"{first}-{last}" for first, last in out)
