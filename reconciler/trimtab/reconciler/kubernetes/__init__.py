"""The Kubernetes engine: any conformant cluster, through a thin client of our own. See `docs/architecture.md`."""

from trimtab.reconciler.kubernetes.lean import without_authorities

without_authorities()  # before what is below imports aiohttp

from trimtab.reconciler.kubernetes.client import KubernetesCluster  # noqa: E402
from trimtab.reconciler.kubernetes.credentials import of_context  # noqa: E402

__all__ = ["KubernetesCluster", "of_context"]
