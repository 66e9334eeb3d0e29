"""Which changes of an object an API server never takes, seen before anything is written. Pure.

An object that may not become what it should be is either replaced (deleted and created anew, for it holds nothing that
matters) or impossible to change (it holds data). What is compared is what was applied with what is to be applied; what
only the server knows (its defaults, other writers) is for a dry run to tell, and `plan --server` asks for one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any

from trimtab.compiler.bundle import FieldPath, Ref


class Effect(StrEnum):
    IN_PLACE = "in place"
    REPLACE = "replace"
    IMPOSSIBLE = "impossible"


@dataclass(frozen=True, slots=True)
class Change:
    """What an update of an object comes to, and the fields that decide it. Paths are those of the manifest."""

    effect: Effect
    fields: tuple[FieldPath, ...] = ()
    why: str = ""


@dataclass(frozen=True, slots=True)
class Fixed:
    """The fields of one kind that never change. `defaults` are the values that a field which is left out has."""

    paths: tuple[str, ...]
    defaults: Mapping[str, Any] = field(default_factory=dict)
    but: tuple[str, ...] = ()
    """Fields below one of `paths` that may change all the same."""


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
    ("", "Pod"): Fixed(
        ("spec",),
        but=(
            "spec.activeDeadlineSeconds",
            "spec.tolerations",
            "spec.containers.image",
            "spec.initContainers.image",
        ),
    ),
    ("", "Service"): _spec("clusterIP", "loadBalancerClass"),
    ("", "Secret"): Fixed(("type",), {"type": "Opaque"}),
    ("", "PersistentVolumeClaim"): Fixed(
        ("spec",),
        {"spec.volumeMode": "Filesystem"},
        ("spec.resources.requests.storage", "spec.volumeAttributesClassName"),
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
FROZEN_WHOLE = frozenset({("", "ConfigMap"), ("", "Secret")})
"""Kinds whose content is fixed where they say `immutable: true`."""

HOLDS_DATA = frozenset(
    {
        ("", "PersistentVolumeClaim"),
        ("", "PersistentVolume"),
        ("apiextensions.k8s.io", "CustomResourceDefinition"),
    }
)


def change(old: Mapping[str, Any], new: Mapping[str, Any], also: Sequence[str] = ()) -> Change:
    """What it comes to when the object that was applied as `old` is to be `new`.

    `also` are fields that the object's own definition fixes, as dotted paths: see `ClusterFacts.fixed`.
    """
    kind = (new["apiVersion"].rpartition("/")[0], new["kind"])
    changed = tuple(_changed(old, new, kind, also))
    if kind == ("", "PersistentVolumeClaim"):
        changed += tuple(_shrinks(old, new))
    if not changed:
        return Change(Effect.IN_PLACE)
    names = ", ".join(".".join(map(str, path)) for path in changed)
    if effect_on(Ref(new["apiVersion"], new["kind"], "", "")) is Effect.IMPOSSIBLE:
        return Change(
            Effect.IMPOSSIBLE, changed, f"{names} never changes, and to replace it would lose its data"
        )
    return Change(Effect.REPLACE, changed, f"{names} never changes: it is deleted and created anew")


def effect_on(ref: Ref) -> Effect:
    """Of a change that an API server has refused as one that it never takes."""
    kind = (ref.api_version.rpartition("/")[0], ref.kind)
    return Effect.IMPOSSIBLE if kind in HOLDS_DATA else Effect.REPLACE


def _changed(
    old: Mapping[str, Any], new: Mapping[str, Any], kind: tuple[str, str], also: Sequence[str]
) -> Iterator[FieldPath]:
    fixed = BUILT_IN.get(kind, Fixed(()))
    exempt = [tuple(path.split(".")) for path in fixed.but]
    for path in fixed.paths:
        if path == "spec.completions" and _is_elastic(old, new):
            continue
        parts = tuple(path.split("."))
        default = fixed.defaults.get(path)
        yield from _differing(
            _at(old, parts, default), _at(new, parts, default), parts, exempt, fixed.defaults
        )
    for path in also:
        parts = tuple(path.split("."))
        before, after = _at(old, parts, None), _at(new, parts, None)
        if before is not None and after is not None:  # a definition's rule is not asked of what comes or goes
            yield from _differing(before, after, parts, (), {})
    if kind in FROZEN_WHOLE and old.get("immutable"):
        yield from ((name,) for name in ("data", "binaryData", "immutable") if old.get(name) != new.get(name))


def _is_elastic(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    """An indexed Job whose completions go with its parallelism may grow and shrink."""
    indexed = old["spec"].get("completionMode") == new["spec"].get("completionMode") == "Indexed"
    return bool(indexed and new["spec"].get("completions") == new["spec"].get("parallelism"))


def _at(body: Any, path: tuple[str, ...], default: Any) -> Any:
    for part in path:
        if not isinstance(body, Mapping) or part not in body:
            return default
        body = body[part]
    return body


def _differing(
    old: Any, new: Any, path: FieldPath, exempt: Iterable[tuple[str, ...]], defaults: Mapping[str, Any]
) -> Iterator[FieldPath]:
    """The outermost fields that differ; below one that holds exempt fields, its parts."""
    names = tuple(part for part in path if isinstance(part, str))
    if old == new or names in exempt or (names == ("spec", "clusterIP") and new is None):
        return
    inner = [other for other in exempt if other[: len(names)] == names]
    deeper = inner or any(other.startswith(".".join(names) + ".") for other in defaults)
    if deeper and isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in dict.fromkeys((*old, *new)):
            default = defaults.get(".".join((*names, key)))
            yield from _differing(old.get(key, default), new.get(key, default), (*path, key), inner, defaults)
    elif inner and isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for index, (before, after) in enumerate(zip(old, new, strict=True)):
            yield from _differing(before, after, (*path, index), inner, defaults)
    else:
        yield path


_STORAGE = ("spec", "resources", "requests", "storage")


def _shrinks(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[FieldPath]:
    """A claim may grow where its class allows that, and never becomes smaller."""
    before, after = (quantity(_at(body, _STORAGE, None)) for body in (old, new))
    if before is not None and after is not None and after < before:
        yield _STORAGE


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
