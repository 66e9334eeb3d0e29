"""Changes of objects and what each comes to: `immutable` says it by a table, a real API server by a dry run."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from trimtab.reconciler.immutable import Effect

IN_PLACE, REPLACE, IMPOSSIBLE = Effect.IN_PLACE, Effect.REPLACE, Effect.IMPOSSIBLE

LABELS = {"app": "a"}
POD = {"containers": [{"name": "main", "image": "a"}]}
TEMPLATE = {"metadata": {"labels": LABELS}, "spec": POD}
ONCE = {"spec": {**POD, "restartPolicy": "Never"}}
GIB = {"requests": {"storage": "1Gi"}}


def _object(api_version: str, kind: str, **body: Any) -> dict[str, Any]:
    return {"apiVersion": api_version, "kind": kind, "metadata": {"name": kind.lower()}, **body}


OBJECTS: Mapping[str, dict[str, Any]] = {
    "Deployment": _object(
        "apps/v1",
        "Deployment",
        spec={"replicas": 1, "selector": {"matchLabels": LABELS}, "template": TEMPLATE},
    ),
    "DaemonSet": _object(
        "apps/v1", "DaemonSet", spec={"selector": {"matchLabels": LABELS}, "template": TEMPLATE}
    ),
    "ReplicaSet": _object(
        "apps/v1", "ReplicaSet", spec={"selector": {"matchLabels": LABELS}, "template": TEMPLATE}
    ),
    "StatefulSet": _object(
        "apps/v1",
        "StatefulSet",
        spec={
            "serviceName": "a",
            "selector": {"matchLabels": LABELS},
            "template": TEMPLATE,
            "volumeClaimTemplates": [
                {"metadata": {"name": "data"}, "spec": {"accessModes": ["ReadWriteOnce"], "resources": GIB}}
            ],
        },
    ),
    "Job": _object("batch/v1", "Job", spec={"completions": 2, "parallelism": 2, "template": ONCE}),
    "Indexed": {
        **_object(
            "batch/v1",
            "Job",
            spec={"completionMode": "Indexed", "completions": 2, "parallelism": 2, "template": ONCE},
        ),
        "metadata": {"name": "indexed"},
    },
    "Pod": _object("v1", "Pod", spec=POD),
    "Service": _object("v1", "Service", spec={"selector": LABELS, "ports": [{"port": 80}]}),
    "ConfigMap": _object("v1", "ConfigMap", data={"a": "b"}, immutable=True),
    "Secret": _object("v1", "Secret", stringData={"a": "b"}),
    "PersistentVolumeClaim": _object(
        "v1",
        "PersistentVolumeClaim",
        spec={"accessModes": ["ReadWriteOnce"], "storageClassName": "a", "resources": GIB},
    ),
    "StorageClass": _object("storage.k8s.io/v1", "StorageClass", provisioner="a.example.com"),
    "PriorityClass": _object("scheduling.k8s.io/v1", "PriorityClass", value=7),
    "RoleBinding": _object(
        "rbac.authorization.k8s.io/v1",
        "RoleBinding",
        roleRef={"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "view"},
        subjects=[{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "a"}],
    ),
    "IngressClass": _object("networking.k8s.io/v1", "IngressClass", spec={"controller": "example.com/a"}),
    "RuntimeClass": _object("node.k8s.io/v1", "RuntimeClass", handler="a"),
    "Run": _object(
        "trimtab.dev/v1",
        "Run",
        spec={
            "system": "a",
            "run": "b",
            "kind": "training",
            "key": "v1:" + 64 * "0",
            "recipeDigest": "sha256:" + 64 * "0",
            "recipe": {"command": ["python"]},
            "inputs": {
                "datasets": {},
                "directories": {},
                "model": "",
                "modelDirectory": "",
                "modelDigest": "",
                "occurrence": "",
            },
            "retries": 3,
            "opened": "2026-11-01T00:00:00Z",
            "commit": "",
        },
    ),
}
FIXED = {"Run": ("spec",)}
"""What the definitions of custom kinds fix, as `cluster inspect` finds it."""


class Case(NamedTuple):
    """`path` gets `value` (None removes it). `bound`: the answer depends on what only a controller writes."""

    kind: str
    path: str
    value: Any
    effect: Effect
    bound: bool = False

    @property
    def old(self) -> dict[str, Any]:
        copy: dict[str, Any] = json.loads(json.dumps(OBJECTS[self.kind]))
        return copy

    @property
    def new(self) -> dict[str, Any]:
        body = self.old
        *parents, last = self.path.split(".")
        place: Any = body
        for part in parents:
            place = place[int(part)] if part.isdigit() else place.setdefault(part, {})
        if self.value is None:
            del place[last]
        else:
            place[last] = self.value
        return body


OTHER = {"app": "b"}
CASES = (
    Case("Deployment", "spec.replicas", 3, IN_PLACE),
    Case("Deployment", "spec.template.spec.containers.0.image", "b", IN_PLACE),
    Case("Deployment", "spec.template.metadata.labels.more", "b", IN_PLACE),
    Case(
        "Deployment",
        "spec",
        {"selector": {"matchLabels": OTHER}, "template": {**TEMPLATE, "metadata": {"labels": OTHER}}},
        REPLACE,
    ),
    Case(
        "DaemonSet",
        "spec",
        {"selector": {"matchLabels": OTHER}, "template": {**TEMPLATE, "metadata": {"labels": OTHER}}},
        REPLACE,
    ),
    Case(
        "ReplicaSet",
        "spec",
        {"selector": {"matchLabels": OTHER}, "template": {**TEMPLATE, "metadata": {"labels": OTHER}}},
        REPLACE,
    ),
    Case("StatefulSet", "spec.replicas", 2, IN_PLACE),
    Case("StatefulSet", "spec.minReadySeconds", 2, IN_PLACE),
    Case("StatefulSet", "spec.serviceName", "b", REPLACE),
    Case("StatefulSet", "spec.podManagementPolicy", "Parallel", REPLACE),
    Case("StatefulSet", "spec.podManagementPolicy", "OrderedReady", IN_PLACE),
    Case("StatefulSet", "spec.volumeClaimTemplates.0.spec.resources.requests.storage", "2Gi", REPLACE),
    Case("Job", "spec.parallelism", 1, IN_PLACE),
    Case("Job", "spec.backoffLimit", 1, IN_PLACE),
    Case("Job", "spec.suspend", True, IN_PLACE),
    Case("Job", "spec.completions", 3, REPLACE),
    Case("Job", "spec.completionMode", "NonIndexed", IN_PLACE),
    Case("Job", "spec.completionMode", "Indexed", REPLACE),
    Case("Job", "spec.template.spec.containers.0.image", "b", REPLACE),
    Case(
        "Job",
        "spec.podFailurePolicy",
        {
            "rules": [
                {"action": "Ignore", "onPodConditions": [{"type": "DisruptionTarget", "status": "True"}]}
            ]
        },
        REPLACE,
    ),
    Case(
        "Indexed",
        "spec",
        {"completionMode": "Indexed", "completions": 3, "parallelism": 3, "template": ONCE},
        IN_PLACE,
    ),
    Case("Indexed", "spec.completions", 3, REPLACE),
    Case("Pod", "spec.containers.0.image", "b", IN_PLACE),
    Case("Pod", "spec.containers.0.command", ["b"], REPLACE),
    Case("Service", "spec.selector", OTHER, IN_PLACE),
    Case("Service", "spec.ports.0.port", 81, IN_PLACE),
    Case("Service", "spec.clusterIP", "None", REPLACE),
    Case("ConfigMap", "metadata.labels.a", "b", IN_PLACE),
    Case("ConfigMap", "data.a", "c", REPLACE),
    Case("ConfigMap", "immutable", False, REPLACE),
    Case("Secret", "stringData.a", "c", IN_PLACE),
    Case("Secret", "type", "Opaque", IN_PLACE),
    Case("Secret", "type", "example.com/a", REPLACE),
    Case("PersistentVolumeClaim", "metadata.labels.a", "b", IN_PLACE),
    Case("PersistentVolumeClaim", "spec.storageClassName", "b", IMPOSSIBLE),
    Case("PersistentVolumeClaim", "spec.accessModes", ["ReadWriteMany"], IMPOSSIBLE),
    Case("PersistentVolumeClaim", "spec.volumeMode", "Filesystem", IN_PLACE),
    Case("PersistentVolumeClaim", "spec.volumeMode", "Block", IMPOSSIBLE),
    Case("PersistentVolumeClaim", "spec.resources.requests.storage", "1024Mi", IN_PLACE),
    Case("PersistentVolumeClaim", "spec.resources.requests.storage", "512Mi", IMPOSSIBLE),
    Case("PersistentVolumeClaim", "spec.resources.requests.storage", "2Gi", IN_PLACE, bound=True),
    Case("StorageClass", "allowVolumeExpansion", True, IN_PLACE),
    Case("StorageClass", "provisioner", "b.example.com", REPLACE),
    Case("StorageClass", "parameters", {"a": "b"}, REPLACE),
    Case("StorageClass", "reclaimPolicy", "Retain", REPLACE),
    Case("StorageClass", "reclaimPolicy", "Delete", IN_PLACE),
    Case("StorageClass", "volumeBindingMode", "WaitForFirstConsumer", REPLACE),
    Case("PriorityClass", "description", "b", IN_PLACE),
    Case("PriorityClass", "value", 8, REPLACE),
    Case("PriorityClass", "preemptionPolicy", "Never", REPLACE),
    Case("RoleBinding", "subjects.0.name", "b", IN_PLACE),
    Case("RoleBinding", "roleRef.name", "edit", REPLACE),
    Case("IngressClass", "spec.controller", "example.com/b", REPLACE),
    Case("RuntimeClass", "handler", "b", REPLACE),
    Case("Run", "metadata.labels.a", "b", IN_PLACE),
    Case("Run", "spec.retries", 4, IMPOSSIBLE),
)
