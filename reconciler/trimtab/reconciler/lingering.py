"""Pods that outlive their Job. Who deletes a Job in the background takes it away at once, and its Pods some time later.

Until the last has ended they may write into the run's directory, and hold its GPUs: the run is neither looked up nor begun
beside them. No watch of Jobs tells of them, so they are asked for before each look-up, and then until none is left.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from trimtab.reconciler.cluster import Cluster, Observed
from trimtab.reconciler.desired import RECORD_LABEL

POD = ("v1", "Pod")
JOB_NAME = "batch.kubernetes.io/job-name"
"""Label that the Job controller, and our own engine, give the Pods of a Job."""

ASK_SECONDS = 2.0
"""Nothing is asked again sooner than this, however often there is news of other things."""

NAMED = 3


class Left(NamedTuple):
    """The Pods of a run that have not ended, for people, and when that was asked (seconds of a monotonic clock)."""

    pods: str
    asked: float


async def pods_left(cluster: Cluster, namespace: str, record: str) -> str:
    """The Pods that compute the run `record` and have not ended; empty where there are none. Raises ClusterUnavailable."""
    pods = await cluster.list(*POD, namespace, {RECORD_LABEL: record})
    names = sorted(pod.ref.name for pod in pods if _computes(pod, record) and pod.health.finished is None)
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more


def _computes(pod: Observed, record: str) -> bool:
    """Look-ups carry the same labels; an attempt is called after its number."""
    return pod.labels.get(JOB_NAME, "").removeprefix(f"{record}-").isdecimal()


async def still_left(
    cluster: Cluster, namespace: str, known: Mapping[str, Left], now: float
) -> dict[str, Left]:
    """By record, what is left of what was `known` to be. Raises ClusterUnavailable."""
    found = {}
    for record, left in known.items():
        if now - left.asked >= ASK_SECONDS:
            left = Left(await pods_left(cluster, namespace, record), now)
        if left.pods:
            found[record] = left
    return found
