"""The kinds of the core group that can be made and read: the same in every Kubernetes, so that nobody has to ask first.

It is what a first look takes for granted; a server that answers otherwise is asked (see `Discovery`).
"""

from __future__ import annotations

from collections.abc import Mapping

NAMESPACED: Mapping[str, bool] = {
    **dict.fromkeys(("Namespace", "Node", "PersistentVolume"), False),
    **dict.fromkeys(
        (
            "ConfigMap",
            "Endpoints",
            "Event",
            "LimitRange",
            "PersistentVolumeClaim",
            "Pod",
            "PodTemplate",
            "ReplicationController",
            "ResourceQuota",
            "Secret",
            "Service",
            "ServiceAccount",
        ),
        True,
    ),
}
"""Kind -> whether it lives in a namespace."""

VERBS = frozenset({"create", "delete", "get", "list", "patch", "update", "watch"})


def plural(kind: str) -> str:
    name = kind.lower()
    return name if name.endswith("s") else f"{name}s"
