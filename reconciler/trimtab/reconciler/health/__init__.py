"""Health from an object as an API server shows it: the rules that every engine shares, one function a kind.

Pure: the object and what it owns in; three facts and the words of its containers out. A status that is about an older
generation proves nothing. A condition counts only where it says "True". What is suspended, queued or paused is neither
ready nor failed. Addresses are not here: where something answers is for the engine to say.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from trimtab.reconciler.cluster import Health
from trimtab.reconciler.health import basics, jobs, pods, queues, ray, serving, training, workloads
from trimtab.reconciler.health.jobs import WAITING
from trimtab.reconciler.health.pods import INDEX_ANNOTATION, pod_reason
from trimtab.reconciler.health.reading import QUEUE_LABEL, Body, condition, group_of

__all__ = ["INDEX_ANNOTATION", "QUEUE_LABEL", "WAITING", "condition", "health_of", "pod_reason"]


def health_of(body: Body, owned: Sequence[Body] = ()) -> Health:
    """`owned`: the Pods that a Job or its like owns, and the place in a queue that was made for it; in any order."""
    rule = _RULES.get((group_of(body), str(body.get("kind"))), basics.other)
    return rule(body, sorted(owned, key=_age))


def _age(body: Body) -> tuple[str, str]:
    metadata: Mapping[str, Any] = body["metadata"]
    return str(metadata.get("creationTimestamp", "")), str(metadata["name"])


_KUBEFLOW = ("JAXJob", "MPIJob", "PaddleJob", "PyTorchJob", "TFJob", "XGBoostJob")

_RULES: Mapping[tuple[str, str], Callable[[Body, Sequence[Body]], Health]] = {
    ("", "Namespace"): basics.namespace,
    ("", "PersistentVolumeClaim"): basics.claim,
    ("", "Pod"): pods.pod,
    ("", "Service"): basics.service,
    ("apiextensions.k8s.io", "CustomResourceDefinition"): basics.by_condition("Established"),
    ("apiregistration.k8s.io", "APIService"): basics.by_condition("Available"),
    ("apps", "DaemonSet"): workloads.daemon_set,
    ("apps", "Deployment"): workloads.deployment,
    ("apps", "ReplicaSet"): workloads.replica_set,
    ("apps", "StatefulSet"): workloads.stateful_set,
    ("autoscaling", "HorizontalPodAutoscaler"): basics.autoscaler,
    ("batch", "CronJob"): jobs.cron_job,
    ("batch", "Job"): jobs.job,
    ("batch.volcano.sh", "Job"): training.volcano_job,
    ("gateway.networking.k8s.io", "Gateway"): basics.by_condition("Programmed"),
    ("jobset.x-k8s.io", "JobSet"): training.job_set,
    ("kueue.x-k8s.io", "ClusterQueue"): basics.by_condition("Active"),
    ("kueue.x-k8s.io", "LocalQueue"): basics.by_condition("Active"),
    ("kueue.x-k8s.io", "Workload"): queues.workload,
    ("leaderworkerset.x-k8s.io", "LeaderWorkerSet"): serving.leader_worker_set,
    ("ray.io", "RayCluster"): ray.ray_cluster,
    ("ray.io", "RayJob"): ray.ray_job,
    ("ray.io", "RayService"): ray.ray_service,
    ("serving.kserve.io", "InferenceService"): serving.inference_service,
    ("trainer.kubeflow.org", "TrainJob"): training.train_job,
    **{("kubeflow.org", kind): training.kubeflow_job for kind in _KUBEFLOW},
}
"""By group and kind: two groups have a `Job`."""
