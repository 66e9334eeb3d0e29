"""The applications that every contestant applies: four objects each, the same for all of them.

A ConfigMap, a ServiceAccount, a Service, and a Deployment of no replicas: no Pod ever runs.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

OBJECTS = 4
"""Of an application."""
IMAGE = f"registry.example.com/app@sha256:{64 * 'a'}"


def objects(count: int) -> Iterator[dict[str, Any]]:
    for number in range(count):
        yield from application(f"app-{number}")


def application(name: str) -> list[dict[str, Any]]:
    labels = {"app": name}
    return [
        _object("v1", "ConfigMap", name, data={"mode": "plain"}),
        _object("v1", "ServiceAccount", name),
        _object("v1", "Service", name, spec={"selector": labels, "ports": [{"port": 80}]}),
        _object("apps/v1", "Deployment", name, spec=_deployed(labels)),
    ]


def _object(version: str, kind: str, name: str, **more: Any) -> dict[str, Any]:
    return {"apiVersion": version, "kind": kind, "metadata": {"name": name}, **more}


def _deployed(labels: dict[str, str]) -> dict[str, Any]:
    pod = {"containers": [{"name": "main", "image": IMAGE}]}
    template = {"metadata": {"labels": labels}, "spec": pod}
    return {"replicas": 0, "selector": {"matchLabels": labels}, "template": template}
