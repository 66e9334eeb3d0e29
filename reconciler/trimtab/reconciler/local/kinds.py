"""The kinds that this engine serves, and what it records of them without being able to enforce it."""

from __future__ import annotations

from typing import NamedTuple


class Kind(NamedTuple):
    api_version: str
    kind: str
    namespaced: bool = True

    @property
    def group(self) -> str:
        """As messages name it: `Job.batch`."""
        group = self.api_version.rpartition("/")[0]
        return f"{self.kind}.{group}" if group else self.kind


_KINDS = (
    Kind("v1", "Namespace", namespaced=False),
    Kind("v1", "ConfigMap"),
    Kind("v1", "LimitRange"),
    Kind("v1", "PersistentVolumeClaim"),
    Kind("v1", "Pod"),
    Kind("v1", "ResourceQuota"),
    Kind("v1", "Secret"),
    Kind("v1", "Service"),
    Kind("v1", "ServiceAccount"),
    Kind("apps/v1", "Deployment"),
    Kind("autoscaling/v2", "HorizontalPodAutoscaler"),
    Kind("batch/v1", "Job"),
    Kind("coordination.k8s.io/v1", "Lease"),
    Kind("networking.k8s.io/v1", "NetworkPolicy"),
    Kind("policy/v1", "PodDisruptionBudget"),
    Kind("rbac.authorization.k8s.io/v1", "Role"),
    Kind("rbac.authorization.k8s.io/v1", "RoleBinding"),
    Kind("trimtab.dev/v1", "MLSystem"),
    Kind("trimtab.dev/v1", "Run"),
)
KINDS = {(kind.api_version, kind.kind): kind for kind in _KINDS}

UNENFORCED = (
    "NetworkPolicy: processes on this machine reach the network as their user does",
    "ResourceQuota and LimitRange: nothing is counted",
    "resources: requests and limits of cpu, memory and GPUs are not applied to processes",
    "HorizontalPodAutoscaler: load is not measured, replicas only stay within its bounds",
    "Pod Security: processes run as the user who started the engine",
    "PodDisruptionBudget: nothing is evicted here",
    "ServiceAccount, Role and RoleBinding: there is no API to be authorised for",
    "PersistentVolumeClaim: sizes and storage classes are not enforced",
)
