"""In which order kinds are applied: what others refer to comes first, and policies before the Pods they close."""

from __future__ import annotations

from collections.abc import Iterable

from trimtab.compiler.bundle import Manifest

KIND_ORDER = (
    ("CustomResourceDefinition", "PriorityClass", "RuntimeClass", "StorageClass"),
    ("Namespace",),
    ("ServiceAccount", "ClusterRole", "Role", "ClusterRoleBinding", "RoleBinding"),
    ("NetworkPolicy", "LimitRange", "ResourceQuota"),
    ("PersistentVolumeClaim",),
    ("ConfigMap",),
    ("Service",),
    ("Job",),
    ("Deployment", "CronJob", "DaemonSet", "StatefulSet"),
    ("HorizontalPodAutoscaler",),
    ("PodDisruptionBudget",),
)
"""The kinds of one rank stand beside each other. What is none of these comes last, save what all of a cluster refers to."""
_RANKS = {kind: rank for rank, kinds in enumerate(KIND_ORDER) for kind in kinds}


def rank(manifest: Manifest) -> int:
    otherwise = len(KIND_ORDER) if manifest.ref.namespace else _RANKS["ClusterRole"]
    return _RANKS.get(manifest.ref.kind, otherwise)


def in_apply_order(manifests: Iterable[Manifest]) -> tuple[Manifest, ...]:
    """By rank, then kind and name: whatever order the sections came in."""
    return tuple(sorted(manifests, key=lambda manifest: (rank(manifest), manifest.ref)))
