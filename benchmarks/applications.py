"""A spec of many small applications, each a ConfigMap, a ServiceAccount, a Service and a Deployment of no replicas.

What is measured with it is the work that objects cost, so no Pod is asked for, and no field is left to be guessed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

KINDS = ("ConfigMap", "ServiceAccount", "Service", "Deployment")
"""Of one application. All of its objects have its name."""
ENVIRONMENT = "bench"


def spec(system: str, applications: int, cluster: str = "bench") -> str:
    """YAML, an object a line: `cluster` is the name of a context. About 2 kB an application."""
    objects = (pair for number in range(applications) for pair in _application(f"app-{number:04}"))
    lines = [
        "apiVersion: trimtab.dev/v1",
        "kind: MLSystem",
        f"metadata: {{name: {system}, namespace: {system}}}",
        "spec:",
        f"  environments: {{{ENVIRONMENT}: {{runOn: {cluster}}}}}",
        "  manifests:",
        *(f"    {name}: {json.dumps(body)}" for name, body in objects),
    ]
    return "\n".join(lines) + "\n"


def _application(name: str) -> Iterator[tuple[str, dict[str, Any]]]:
    labels = {"app": name}
    container = {
        "name": "web",
        "image": "registry.example.com/shop/web@sha256:" + 64 * "a",
        "envFrom": [{"configMapRef": {"name": name}}],
        "ports": [{"name": "http", "containerPort": 8080}],
        "resources": {"requests": {"cpu": "100m", "memory": "128Mi"}, "limits": {"memory": "128Mi"}},
        "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
    }
    pod = {
        "serviceAccountName": name,
        "securityContext": {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}},
        "containers": [container],
    }
    template = {"metadata": {"labels": labels}, "spec": pod}
    settings = {"LOG_LEVEL": "info", "GREETING": f"hello from {name}", "TIMEOUT_SECONDS": "30"}
    bodies: dict[str, dict[str, Any]] = {
        "ConfigMap": {"data": settings},
        "ServiceAccount": {"automountServiceAccountToken": False},
        "Service": {
            "spec": {"selector": labels, "ports": [{"name": "http", "port": 80, "targetPort": "http"}]}
        },
        "Deployment": {
            "spec": {"replicas": 0, "selector": {"matchLabels": labels}, "template": template},
        },
    }
    for kind in KINDS:
        api_version = "apps/v1" if kind == "Deployment" else "v1"
        body = {"apiVersion": api_version, "kind": kind, "metadata": {"name": name}, **bodies[kind]}
        yield f"{name}-{kind.lower()}", body
