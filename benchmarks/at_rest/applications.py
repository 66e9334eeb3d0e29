"""A spec of many small applications, each a ConfigMap, a ServiceAccount, a Service and a Deployment of no replicas.

What is measured with it is the work that objects cost, so no Pod is asked for.
"""

from __future__ import annotations

import json
from typing import Any

ENVIRONMENT, CLUSTER = "bench", "bench"
"""The cluster is the name of a context, too."""
DIGEST = "sha256:" + 64 * "a"

Body = dict[str, Any]


def names(count: int) -> list[str]:
    """All objects of an application have its name."""
    return [f"app-{number:04}" for number in range(count)]


def spec(system: str, applications: int) -> str:
    """YAML, an object a line; about 1.3 kB an application. The system has a namespace of its name."""
    objects = (body for name in names(applications) for body in application(name).values())
    lines = [
        "apiVersion: trimtab.dev/v1",
        "kind: MLSystem",
        f"metadata: {{name: {system}, namespace: {system}}}",
        "spec:",
        f"  environments: {{{ENVIRONMENT}: {{runOn: {CLUSTER}}}}}",
        "  manifests:",
        *(f"    {_title(body)}: {json.dumps(body)}" for body in objects),
    ]
    return "\n".join(lines) + "\n"


def _title(body: Body) -> str:
    return f"{body['metadata']['name']}-{body['kind'].lower()}"


def application(name: str) -> dict[str, Body]:
    """By kind."""
    labels = {"app": name}
    container = {
        "name": "web",
        "image": f"registry.example.com/shop/web@{DIGEST}",
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
    contents: dict[str, Body] = {
        "ConfigMap": {"data": settings},
        "ServiceAccount": {"automountServiceAccountToken": False},
        "Service": {
            "spec": {"selector": labels, "ports": [{"name": "http", "port": 80, "targetPort": "http"}]}
        },
        "Deployment": {
            "spec": {"replicas": 0, "selector": {"matchLabels": labels}, "template": template},
        },
    }
    return {kind: _object(kind, name, content) for kind, content in contents.items()}


def _object(kind: str, name: str, content: Body) -> Body:
    api_version = "apps/v1" if kind == "Deployment" else "v1"
    return {"apiVersion": api_version, "kind": kind, "metadata": {"name": name}, **content}
