"""Objects as an API server writes them on the wire, for tests without one."""

from __future__ import annotations

import json
from typing import Any

from trimtab.reconciler.cluster import FIELD_MANAGER
from trimtab.reconciler.kubernetes.served import Served

OURS = {"f:metadata": {"f:labels": {"f:app": {}}}, "f:spec": {"f:size": {}}}


def body(
    name: str,
    revision: int,
    *,
    uid: str = "",
    size: int = 1,
    labels: dict[str, str] | None = None,
    status: Any = None,
    fields: Any = OURS,
    **more: Any,
) -> dict[str, Any]:
    entry = {"manager": FIELD_MANAGER, "operation": "Apply", "apiVersion": "v1", "fieldsV1": fields}
    metadata = {
        "name": name,
        "namespace": "n",
        "uid": uid or f"uid-of-{name}",
        "resourceVersion": str(revision),
        "labels": labels or {"app": "a"},
        "managedFields": [entry] if fields else [],
    }
    told = {"apiVersion": "v1", "kind": "Thing", "metadata": metadata, "spec": {"size": size}, **more}
    return {**told, "status": status} if status is not None else told


def served(name: str, revision: int, **more: Any) -> Served:
    return Served(json.dumps(body(name, revision, **more)).encode())


def of(content: dict[str, Any]) -> Served:
    return Served(json.dumps(content).encode())
