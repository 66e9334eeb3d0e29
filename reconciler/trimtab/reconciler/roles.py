"""The roles of people and programs that have to do with Trimtab on a cluster, each with the least rights it needs.

- `trimtab-writer`: keeps systems true, in whichever namespaces it is bound; with `trimtab-writer-cluster`, in all.
- `trimtab-viewer`: sees systems and runs; it is part of Kubernetes' own `view`, hence of `edit` and `admin`. Nobody gets
  to write them that way: who may edit the ledger decides what serves.
- `trimtab-inspector`: reads what `trimtab cluster inspect` writes down.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from trimtab.compiler.bundle import Bundle
from trimtab.reconciler.ledger import API_VERSION
from trimtab.reconciler.mirror import ALWAYS, kinds_of
from trimtab.reconciler.rights import (
    SEE,
    Right,
    binding,
    namespaces_of,
    of_bundle,
    of_kinds,
    of_namespaces,
    role,
)

WRITER, VIEWER, INSPECTOR = "trimtab-writer", "trimtab-viewer", "trimtab-inspector"

COMPILED = ALWAYS | {("batch/v1", "Job"), ("v1", "Service")}
"""Kinds that a spec becomes. Those of `manifests:` come on top, and `cluster rights` prints them for its system."""

INSPECTED = (
    Right("apiextensions.k8s.io/v1", "CustomResourceDefinition", ("list",), namespaced=False),
    Right("cert-manager.io/v1", "ClusterIssuer", ("list",), namespaced=False),
    Right("cert-manager.io/v1", "Issuer", ("list",), namespaced=False),
    Right("gateway.networking.k8s.io/v1", "Gateway", ("list",), namespaced=False),
    Right("kueue.x-k8s.io/v1beta1", "ClusterQueue", ("list",), namespaced=False),
    Right("kueue.x-k8s.io/v1beta1", "LocalQueue", ("list",), namespaced=False),
    Right("networking.k8s.io/v1", "IngressClass", ("list",), namespaced=False),
    Right("node.k8s.io/v1", "RuntimeClass", ("list",), namespaced=False),
    Right("scheduling.k8s.io/v1", "PriorityClass", ("list",), namespaced=False),
    Right("storage.k8s.io/v1", "StorageClass", ("list",), namespaced=False),
    Right("v1", "Node", ("list",), namespaced=False),
)
_AGGREGATE_TO_VIEW = {"rbac.authorization.k8s.io/aggregate-to-view": "true"}


def cluster_roles() -> tuple[dict[str, Any], ...]:
    """Installed once. None is bound to anybody."""
    seen = [Right(API_VERSION, kind, SEE) for kind in ("MLSystem", "Run")]
    return (
        role("ClusterRole", WRITER, of_kinds(COMPILED)),
        role("ClusterRole", f"{WRITER}-cluster", of_namespaces()),
        role("ClusterRole", VIEWER, seen, labels=_AGGREGATE_TO_VIEW),
        role("ClusterRole", INSPECTOR, INSPECTED),
    )


def system_roles(bundle: Bundle, subject: dict[str, str]) -> tuple[dict[str, Any], ...]:
    """What lets `subject` write this one system and nothing else: its Namespaces, roles and bindings."""
    name, namespace = f"trimtab-{bundle.system}", bundle.namespace
    needed = of_bundle(bundle, kinds_of(bundle))
    inside, outside = _split(needed)
    far = f"{name}-{namespace}"
    return (
        *(
            {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": each}}
            for each in namespaces_of(bundle)
        ),
        role("Role", name, inside, namespace),
        binding("RoleBinding", name, ("Role", name), subject, namespace),
        role("ClusterRole", far, outside),
        binding("ClusterRoleBinding", far, ("ClusterRole", far), subject),
    )


def writer_bindings(subject: dict[str, str]) -> tuple[dict[str, Any], ...]:
    """What lets `subject` write every system of the cluster: a daemon's rights."""
    return tuple(
        binding("ClusterRoleBinding", name, ("ClusterRole", name), subject)
        for name in (WRITER, f"{WRITER}-cluster")
    )


def _split(rights: Iterable[Right]) -> tuple[list[Right], list[Right]]:
    inside: list[Right] = []
    outside: list[Right] = []
    for right in rights:
        (inside if right.namespaced else outside).append(right)
    return inside, outside
