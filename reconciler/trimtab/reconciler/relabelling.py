"""A workload that only lost its labels is not lost: it gets them back, and no other attempt begins beside it.

A watch by label tells of both alike: the object has left. Asked once, before an attempt is given up, without a label.
What bears the name and not the run's key is somebody else's, and is left alone.
"""

from __future__ import annotations

from trimtab.reconciler.cluster import Cluster, ClusterUnavailable, Observed, Stale
from trimtab.reconciler.desired import WORKLOAD, run_labels
from trimtab.reconciler.ledger import KEY_ANNOTATION, Record

API_VERSION, KIND = "batch/v1", "Job"


async def brought_back(cluster: Cluster, system: str, namespace: str, record: Record) -> Observed | None:
    """The Job of the record's attempt, if it is still there. Raises ClusterUnavailable where it can't be marked."""
    jobs = await cluster.list(API_VERSION, KIND, namespace)
    lost = next((job for job in jobs if _is_it(job, record)), None)
    if lost is None:
        return None
    metadata = {
        "name": record.workload,
        "namespace": namespace,
        "labels": run_labels(system, record, WORKLOAD),
    }
    body = {"apiVersion": API_VERSION, "kind": KIND, "metadata": metadata}
    answer = await cluster.apply(body, force=True, uid=lost.uid)
    if isinstance(answer, Stale):
        return await brought_back(cluster, system, namespace, record)
    if not isinstance(answer, Observed):
        raise ClusterUnavailable(
            f"Job/{record.workload} has lost its labels, and can't be given them: {answer}"
        )
    return answer


def _is_it(job: Observed, record: Record) -> bool:
    is_of_the_run = job.annotations.get(KEY_ANNOTATION) == record.key
    return job.ref.name == record.workload and is_of_the_run and not job.deleting
