"""What a target can do. Given, never guessed; the default is plain upstream Kubernetes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from trimtab.compiler.cluster_facts import ClusterFacts

LOCAL_RUNTIME = "trimtab.local/runtime"
"""The Python that runs Trimtab."""
LOCAL_PYTHON = "trimtab.local/python"
"""An environment made from a lock, named by its digest; without one, the Python that runs Trimtab."""

LOCAL_KINDS = {
    "v1": "ConfigMap LimitRange Namespace PersistentVolumeClaim Pod ResourceQuota Service ServiceAccount",
    "apps/v1": "Deployment",
    "autoscaling/v2": "HorizontalPodAutoscaler",
    "batch/v1": "Job",
    "networking.k8s.io/v1": "NetworkPolicy",
    "policy/v1": "PodDisruptionBudget",
    "rbac.authorization.k8s.io/v1": "Role RoleBinding",
}
"""The kinds that the embedded engine takes of a spec."""


@dataclass(frozen=True, slots=True)
class Capabilities:
    engine: Literal["local", "kubernetes"] = "kubernetes"
    kubernetes_minor: int = 37
    """Of `v1.<minor>`: pins the version of the Pod Security Standards."""
    runtime_image: str = ""
    """Runs what is ours (contract, drift, lookup, the model server). A digest reference, given by the environment."""
    facts: ClusterFacts | None = None
    """What was found there; without them, plain upstream Kubernetes is meant."""
    cluster: str = ""
    """Its name in the spec."""

    @property
    def is_local(self) -> bool:
        return self.engine == "local"


def local_capabilities() -> Capabilities:
    """This machine: the embedded engine, and the Python that runs Trimtab."""
    return Capabilities(engine="local", runtime_image=LOCAL_RUNTIME)


def cluster_capabilities(cluster: str, facts: ClusterFacts | None) -> Capabilities:
    """A cluster by its name in the spec, and what was found there."""
    if facts is None:
        return Capabilities(cluster=cluster)
    return Capabilities(kubernetes_minor=facts.minor, facts=facts, cluster=cluster)
