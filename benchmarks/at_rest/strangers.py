"""What others do to an object: it is edited, deleted, robbed of its label, or applied under its manager's name.

Each is one request, as a program of theirs would send it.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any, NamedTuple

from benchmarks.at_rest.applications import DIGEST, Body, application

STRATEGIC, APPLY = "application/strategic-merge-patch+json", "application/apply-patch+yaml"


class Change(StrEnum):
    EDIT = "a field changed with `kubectl edit`"
    DELETE = "an object deleted"
    STRIP = "a label stripped"
    APPLY = "a foreign apply under its manager's name"


class Owner(NamedTuple):
    """Who keeps the objects: a label that each of them has, and the name under which they are written."""

    label: str
    manager: str


OURS = Owner("trimtab.dev/system", "trimtab")


class Target(NamedTuple):
    kind: str
    namespace: str
    name: str

    @property
    def path(self) -> str:
        return f"{collection(self.kind, self.namespace)}/{self.name}"


class Sent(NamedTuple):
    verb: str
    query: Mapping[str, str]
    content_type: str
    body: Body


def collection(kind: str, namespace: str = "") -> str:
    root = "/apis/apps/v1" if kind == "Deployment" else "/api/v1"
    inside = f"/namespaces/{namespace}" if namespace else ""
    return f"{root}{inside}/{kind.lower()}s"


def request(change: Change, target: Target, live: Body, owner: Owner = OURS) -> Sent:
    """`live` is the object as it is now."""
    match change:
        case Change.EDIT:
            return Sent("PATCH", {"fieldManager": "kubectl-edit"}, STRATEGIC, EDITS[target.kind])
        case Change.DELETE:
            return Sent("DELETE", {}, "application/json", {"propagationPolicy": "Background"})
        case Change.STRIP:
            patch = {"metadata": {"labels": {owner.label: None}}}
            return Sent("PATCH", {"fieldManager": "kubectl-label"}, STRATEGIC, patch)
        case Change.APPLY:
            query = {"fieldManager": owner.manager, "force": "true"}
            return Sent("PATCH", query, APPLY, _foreign(target, live))


EDITS: Mapping[str, Body] = {
    "ConfigMap": {"data": {"LOG_LEVEL": "debug"}},
    "ServiceAccount": {"automountServiceAccountToken": True},
    "Service": {"spec": {"selector": {"app": "somebody-elses"}}},
    "Deployment": {
        "spec": {
            "template": {
                "spec": {"containers": [{"name": "web", "image": f"registry.example.com/evil@{DIGEST}"}]}
            }
        }
    },
}


def _foreign(target: Target, live: Body) -> Body:
    """As we apply it, but for one field."""
    body = copy.deepcopy(application(target.name)[target.kind])
    body["metadata"] |= {
        "namespace": target.namespace,
        "labels": live["metadata"]["labels"],
        "annotations": _without_controllers(live["metadata"]["annotations"]),
    }
    FOREIGN[target.kind](body)
    return body


def _log_more(body: Body) -> None:
    body["data"]["LOG_LEVEL"] = "trace"


def _mount_tokens(body: Body) -> None:
    body["automountServiceAccountToken"] = True


def _move_port(body: Body) -> None:
    body["spec"]["ports"][0]["targetPort"] = 9090


def _take_more_memory(body: Body) -> None:
    body["spec"]["template"]["spec"]["containers"][0]["resources"]["limits"]["memory"] = "1Gi"


FOREIGN: Mapping[str, Callable[[Body], None]] = {
    "ConfigMap": _log_more,
    "ServiceAccount": _mount_tokens,
    "Service": _move_port,
    "Deployment": _take_more_memory,
}


def content(body: Body) -> dict[str, Any]:
    """What of an object is healed: not who it is, nor what controllers and the server itself write into it."""
    metadata = body["metadata"]
    told = {
        name: value
        for name, value in body.items()
        if name not in {"metadata", "status", "kind", "apiVersion"}
    }
    if "spec" in told:
        told["spec"] = {name: value for name, value in told["spec"].items() if name not in ADDRESSES}
    labels, annotations = metadata.get("labels", {}), _without_controllers(metadata.get("annotations", {}))
    return {**told, "labels": labels, "annotations": annotations}


ADDRESSES = frozenset({"clusterIP", "clusterIPs"})
"""Of a Service; a new one has others."""


def _without_controllers(annotations: Mapping[str, str]) -> dict[str, str]:
    return {
        name: text for name, text in annotations.items() if not name.startswith("deployment.kubernetes.io/")
    }
