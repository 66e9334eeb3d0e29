"""The Kubernetes engine: any conformant cluster, through a thin client of our own. See `docs/architecture.md`."""

from trimtab.reconciler.kubernetes.client import KubernetesCluster
from trimtab.reconciler.kubernetes.credentials import of_context

__all__ = ["KubernetesCluster", "of_context"]
