"""Objects as users write them into `manifests`: sound ones, small, to change one thing of."""

from __future__ import annotations

from typing import Any

IMAGE = "registry.example.com/test/cache@sha256:" + 64 * "b"
HARDENED = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}


def pod_spec(**more: Any) -> dict[str, Any]:
    """A Pod that the `restricted` standard admits."""
    return {
        "securityContext": {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}},
        "containers": [{"name": "main", "image": IMAGE, "securityContext": HARDENED}],
        **more,
    }


def config_map(name: str = "settings", **metadata: Any) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": name, **metadata},
        "data": {"a": "b"},
    }


def deployment(name: str = "cache", **pod: Any) -> dict[str, Any]:
    labels = {"app": name}
    template = {"metadata": {"labels": labels}, "spec": pod_spec(**pod)}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name},
        "spec": {"selector": {"matchLabels": labels}, "template": template},
    }


def job_set(name: str = "tune", queue: str = "", **spec: Any) -> dict[str, Any]:
    template = {"spec": {"template": {"spec": pod_spec(restartPolicy="Never")}}}
    return {
        "apiVersion": "jobset.x-k8s.io/v1alpha2",
        "kind": "JobSet",
        "metadata": {"name": name, **({"labels": {"kueue.x-k8s.io/queue-name": queue}} if queue else {})},
        "spec": {"replicatedJobs": [{"name": "workers", "template": template}], **spec},
    }


def definition(group: str, kind: str, scope: str = "Namespaced") -> dict[str, Any]:
    plural = f"{kind.lower()}s"
    schema = {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.{group}"},
        "spec": {
            "group": group,
            "names": {"kind": kind, "plural": plural},
            "scope": scope,
            "versions": [{"name": "v1", "served": True, "storage": True, "schema": schema}],
        },
    }
