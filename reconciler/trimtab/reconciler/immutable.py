"""Which changes of an object an API server never takes, known before anything is written. Pure.

An object that may not become what it should be is either replaced (deleted and created anew, for it holds nothing that
matters) or impossible to change (it holds data). Every object carries marks of its fixed fields as they were applied,
so that a plan sees a change of them without a copy of the object. A mark that is missing proves nothing. What only the
server knows (its defaults, other writers) is for a dry run to tell: see `trial`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any

from trimtab.compiler.bundle import FieldPath, Ref
from trimtab.compiler.canonical import digest, short
from trimtab.reconciler.cluster import Rejected

FIXED = "trimtab.dev/fixed"
"""Annotation: the marks of an object's fixed fields."""

Marks = Mapping[str, str]
"""Dotted path -> a few digits of the value's digest; empty where there is none. A size is written as it is."""


class Effect(StrEnum):
    IN_PLACE = "in place"
    REPLACE = "replace"
    IMPOSSIBLE = "impossible"


@dataclass(frozen=True, slots=True)
class Change:
    """What an update of an object comes to, and the fields that decide it."""

    effect: Effect
    fields: tuple[FieldPath, ...] = ()

    @property
    def why(self) -> str:
        names = " and ".join(".".join(map(str, path)) for path in self.fields)
        match self.effect:
            case Effect.REPLACE:
                return f"{names} can't be changed in place: it is deleted and created anew"
            case Effect.IMPOSSIBLE:
                return f"{names} can't be changed in place, and to create it anew would lose what it holds"
            case Effect.IN_PLACE:
                return ""


@dataclass(frozen=True, slots=True)
class Fixed:
    """The fields of one kind that never change. `defaults` are the values that a field which is left out has."""

    paths: tuple[str, ...]
    defaults: Mapping[str, Any] = field(default_factory=dict)
    but: tuple[str, ...] = ()
    """Fields below one of `paths` that may change all the same; items of lists are not counted."""


def _spec(*names: str, **defaults: Any) -> Fixed:
    return Fixed(tuple(f"spec.{name}" for name in names), {f"spec.{k}": v for k, v in defaults.items()})


BUILT_IN: Mapping[tuple[str, str], Fixed] = {
    ("apps", "Deployment"): _spec("selector"),
    ("apps", "DaemonSet"): _spec("selector"),
    ("apps", "ReplicaSet"): _spec("selector"),
    ("apps", "StatefulSet"): _spec(
        *("selector", "serviceName", "podManagementPolicy", "volumeClaimTemplates"),
        podManagementPolicy="OrderedReady",
    ),
    ("batch", "Job"): _spec(
        *("selector", "template", "completionMode", "podFailurePolicy", "successPolicy"),
        *("backoffLimitPerIndex", "managedBy", "completions"),
        completionMode="NonIndexed",
    ),
    ("jobset.x-k8s.io", "JobSet"): _spec("replicatedJobs"),
    ("", "Pod"): Fixed(
        ("spec",),
        but=(
            *("spec.activeDeadlineSeconds", "spec.tolerations"),
            *("spec.containers.image", "spec.initContainers.image"),
        ),
    ),
    ("", "Service"): _spec("clusterIP", "loadBalancerClass"),
    ("", "Secret"): Fixed(("type",), {"type": "Opaque"}),
    ("", "PersistentVolumeClaim"): _spec(
        *("accessModes", "storageClassName", "volumeMode", "volumeName", "selector", "dataSource"),
        *("dataSourceRef", "resources.requests.storage"),
        volumeMode="Filesystem",
    ),
    ("", "PersistentVolume"): _spec("volumeMode", volumeMode="Filesystem"),
    ("storage.k8s.io", "StorageClass"): Fixed(
        ("parameters", "provisioner", "reclaimPolicy", "volumeBindingMode"),
        {"reclaimPolicy": "Delete", "volumeBindingMode": "Immediate"},
    ),
    ("scheduling.k8s.io", "PriorityClass"): Fixed(
        ("value", "preemptionPolicy"), {"preemptionPolicy": "PreemptLowerPriority", "value": 0}
    ),
    ("rbac.authorization.k8s.io", "RoleBinding"): Fixed(("roleRef",)),
    ("rbac.authorization.k8s.io", "ClusterRoleBinding"): Fixed(("roleRef",)),
    ("networking.k8s.io", "IngressClass"): _spec("controller"),
    ("node.k8s.io", "RuntimeClass"): Fixed(("handler",)),
}
_FROZEN_WHOLE = frozenset({("", "ConfigMap"), ("", "Secret")})
"""Kinds whose content is fixed where they say `immutable: true`."""

_HOLDS_DATA = frozenset(
    {
        ("", "Namespace"),
        ("", "PersistentVolume"),
        ("", "PersistentVolumeClaim"),
        ("apiextensions.k8s.io", "CustomResourceDefinition"),
        ("groupsnapshot.storage.k8s.io", "VolumeGroupSnapshot"),
        ("groupsnapshot.storage.k8s.io", "VolumeGroupSnapshotContent"),
        ("snapshot.storage.k8s.io", "VolumeSnapshot"),
        ("snapshot.storage.k8s.io", "VolumeSnapshotContent"),
        ("trimtab.dev", "MLSystem"),
        ("trimtab.dev", "Run"),
    }
)
ELASTIC = "elastic"
"""The mark of completions that go with a Job's parallelism."""
_STORAGE = "spec.resources.requests.storage"


def marks(body: Mapping[str, Any], also: Sequence[str] = ()) -> Marks:
    """Of an object that is to be applied. `also` are fields that its own definition fixes: see `ClusterFacts.fixed`."""
    kind = (body["apiVersion"].rpartition("/")[0], body["kind"])
    fixed = BUILT_IN.get(kind, Fixed(()))
    found = {path: _mark(path, _value(body, path, fixed)) for path in fixed.paths}
    if "spec.completions" in found and _is_elastic(body["spec"]):
        found["spec.completions"] = ELASTIC
    if kind in _FROZEN_WHOLE and body.get("immutable"):
        found |= {name: _mark(name, body.get(name)) for name in ("data", "binaryData", "immutable")}
    return found | {path: mark for path in also if (mark := _mark(path, _at(body, path.split("."))))}


def as_text(found: Marks) -> str:
    return " ".join(f"{path}={mark}" for path, mark in sorted(found.items()))


def from_text(text: str) -> Marks:
    """The inverse of `as_text`; what is no mark is left out."""
    return dict(part.split("=", 1) for part in text.split() if "=" in part)


def change(ref: Ref, before: Marks, after: Marks) -> Change:
    """What it comes to when an object with the marks `before` is to have those of `after`."""
    changed = tuple(tuple(path.split(".")) for path in sorted(before) if _differs(path, before, after))
    if not changed:
        return Change(Effect.IN_PLACE)
    return Change(effect_on(ref), changed)


def effect_on(ref: Ref) -> Effect:
    """Of a change that is never taken in place."""
    return Effect.IMPOSSIBLE if holds_data(ref) else Effect.REPLACE


def holds_data(ref: Ref) -> bool:
    """Whether something would be lost with it that applying it again does not bring back."""
    return (ref.api_version.rpartition("/")[0], ref.kind) in _HOLDS_DATA


_NEVER = re.compile(
    r"immutable|may not change|may not be changed|updates to .* are forbidden|cannot change|can not be less"
    r"|can only be modified",
    re.IGNORECASE,
)


def is_refused_as_fixed(answer: Rejected) -> bool:
    """Whether that, and nothing else, is why the API server refuses a change."""
    said = [cause.message for cause in answer.causes] or [answer.message]
    return all(_NEVER.search(message) for message in said)


def _differs(path: str, before: Marks, after: Marks) -> bool:
    if path in ("data", "binaryData", "immutable"):
        return before[path] != after.get(path)  # an object that is no longer immutable is another one
    if path not in after:
        return False
    if path == "spec.clusterIP" and not after[path]:
        return False  # the address that it has is kept
    if path == "spec.completions" and after[path] == ELASTIC:
        return False
    if path == _STORAGE:
        sizes = quantity(before[path]), quantity(after[path])
        return sizes[0] is not None and sizes[1] is not None and sizes[1] < sizes[0]
    return before[path] != after[path]


def _value(body: Mapping[str, Any], path: str, fixed: Fixed) -> Any:
    found = _at(body, path.split("."))
    value = fixed.defaults.get(path) if found is None else found
    for exempt in fixed.but:
        if exempt.startswith(f"{path}."):
            value = _without(value, exempt.removeprefix(f"{path}.").split("."))
    return value


def _at(body: Any, path: Sequence[str]) -> Any:
    for part in path:
        if not isinstance(body, Mapping) or part not in body:
            return None
        body = body[part]
    return body


def _without(value: Any, path: Sequence[str]) -> Any:
    if isinstance(value, list):
        return [_without(item, path) for item in value]
    if not isinstance(value, Mapping) or path[0] not in value:
        return value
    rest = {key: item for key, item in value.items() if key != path[0]}
    return {**rest, path[0]: _without(value[path[0]], path[1:])} if len(path) > 1 else rest


def _mark(path: str, value: Any) -> str:
    if value is None:
        return ""
    return str(value) if path == _STORAGE else short(digest(value), 8)


def _is_elastic(spec: Mapping[str, Any]) -> bool:
    """An indexed Job whose completions go with its parallelism may grow and shrink."""
    return spec.get("completionMode") == "Indexed" and spec.get("completions") == spec.get("parallelism")


_SCALE = {
    **{unit: Decimal(1024) ** power for power, unit in enumerate(("Ki", "Mi", "Gi", "Ti", "Pi", "Ei"), 1)},
    **{unit: Decimal(1000) ** power for power, unit in enumerate(("k", "M", "G", "T", "P", "E"), 1)},
    "m": Decimal("0.001"),
}


def quantity(written: Any) -> Decimal | None:
    """A quantity of Kubernetes as a number; None for what is none."""
    text = str(written)
    unit = next((unit for unit in _SCALE if text.endswith(unit)), "")
    try:
        return Decimal(text.removesuffix(unit)) * _SCALE.get(unit, Decimal(1))
    except InvalidOperation:
        return None
