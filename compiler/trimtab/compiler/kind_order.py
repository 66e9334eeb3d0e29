"""In which order kinds are applied: what others refer to comes first, and policies before the Pods they close."""

from __future__ import annotations

from collections.abc import Iterable

from trimtab.compiler.bundle import Manifest

KIND_ORDER = (
    "Namespace",
    "ServiceAccount",
    "NetworkPolicy",
    "PersistentVolumeClaim",
    "ConfigMap",
    "Service",
    "Job",
    "Deployment",
    "HorizontalPodAutoscaler",
    "PodDisruptionBudget",
)


def rank(manifest: Manifest) -> int:
    return KIND_ORDER.index(manifest.ref.kind)


def in_apply_order(manifests: Iterable[Manifest]) -> tuple[Manifest, ...]:
    """By kind, then name: whatever order the sections came in."""
    return tuple(sorted(manifests, key=lambda manifest: (rank(manifest), manifest.ref)))
