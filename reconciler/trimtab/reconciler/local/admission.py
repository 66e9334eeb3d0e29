"""What the engine refuses, and why, before anything is written: a small part of what an API server checks.

Pure: an object (and the one it changes) in, causes by path out. It covers what would otherwise surprise later: names,
namespaces, the fields that may never change, the shapes that the controllers here rely on.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from trimtab.compiler.bundle import FieldPath
from trimtab.reconciler.cluster import Cause, Rejected
from trimtab.reconciler.local.field_paths import same
from trimtab.reconciler.local.kinds import KINDS
from trimtab.reconciler.local.objects import Body, ref_of

_SUBDOMAIN = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
_LABEL_VALUE = re.compile(r"([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?")
NOT_HERE = "is not known to the local engine"
"""Of fields that would change what runs, and that no controller here reads."""

_LABEL_NAMES = frozenset({"Namespace", "Service"})
_IMMUTABLE: Mapping[str, tuple[str, ...]] = {
    "Job": (
        "completionMode",
        "template",
        "selector",
        "manualSelector",
        "podReplacementPolicy",
        "backoffLimitPerIndex",
    ),
    "Deployment": ("selector",),
    "PersistentVolumeClaim": ("accessModes", "storageClassName", "volumeName", "volumeMode", "selector"),
}
_MUTABLE_POD_FIELDS = frozenset({"activeDeadlineSeconds", "terminationGracePeriodSeconds", "tolerations"})


def admit(body: Body, live: Body | None, has_namespace: Callable[[str], bool]) -> Rejected | None:
    """None where `body` may be written (in place of `live`); `has_namespace` tells which ones take objects."""
    ref = ref_of(body)
    kind = KINDS.get((ref.api_version, ref.kind))
    if kind is None:
        return _unknown_kind(ref.api_version, ref.kind)
    causes = [*_name(ref.kind, ref.name), *_labels(body)]
    if kind.namespaced and not ref.namespace:
        causes.append(Cause(("metadata", "namespace"), "a namespace is required"))
    if not kind.namespaced and ref.namespace:
        causes.append(Cause(("metadata", "namespace"), f"{ref.kind} has no namespace"))
    if kind.namespaced and ref.namespace and live is None and not has_namespace(ref.namespace):
        causes.append(
            Cause(("metadata", "namespace"), f'namespace "{ref.namespace}" is not there, or is being deleted')
        )
    try:
        causes += _CHECKS.get(ref.kind, _nothing)(body)
        if live is not None:
            causes += _unchangeable(ref.kind, body, live)
    except (AttributeError, TypeError, KeyError, ValueError) as error:
        causes.append(Cause(("spec",), f"is not of the shape that {ref.kind} has ({error})"))
    if not causes:
        return None
    texts = ", ".join(f"{'.'.join(map(str, cause.path))}: {cause.message}" for cause in causes)
    return Rejected(f'{kind.group} "{ref.name}" is invalid: {texts}', tuple(causes))


def _unknown_kind(api_version: str, kind: str) -> Rejected:
    versions = sorted(known for known, name in KINDS if name == kind)
    hint = f"; {kind} is served as {versions[0]}" if versions else ""
    path = ("apiVersion",) if versions else ("kind",)
    message = f'no matches for kind "{kind}" in version "{api_version}"{hint}'
    return Rejected(message, (Cause(path, message),))


def _name(kind: str, name: str) -> Iterator[Cause]:
    pattern, limit = (_LABEL, 63) if kind in _LABEL_NAMES else (_SUBDOMAIN, 253)
    path = ("metadata", "name")
    if not name:
        yield Cause(path, "a name is required")
    elif not pattern.fullmatch(name):
        yield Cause(path, f'"{name}": lower-case letters, digits and - only, a letter or digit at both ends')
    elif len(name) > limit:
        yield Cause(path, f"{len(name)} characters, and {limit} are allowed")


def _labels(body: Body) -> Iterator[Cause]:
    for key, value in ((body.get("metadata") or {}).get("labels") or {}).items():
        if not isinstance(value, str) or len(value) > 63 or not _LABEL_VALUE.fullmatch(value):
            yield Cause(
                ("metadata", "labels", key), f"{value!r} is no label value (63 of A-Z a-z 0-9 - _ . at most)"
            )


def _nothing(body: Body) -> Iterable[Cause]:
    return ()


def _template(body: Body, policies: Iterable[str]) -> Iterator[Cause]:
    path = ("spec", "template", "spec")
    spec = _at(body, path) or {}
    yield from _containers(spec, path)
    policy = spec.get("restartPolicy", "Always")
    if policy not in policies:
        yield Cause((*path, "restartPolicy"), f"{policy!r}: {' or '.join(policies)} is required here")


def _containers(spec: Mapping[str, Any], path: tuple[str, ...]) -> Iterator[Cause]:
    if not spec.get("containers"):
        yield Cause((*path, "containers"), "at least one container is required")
    for field in ("ephemeralContainers", "activeDeadlineSeconds"):
        if spec.get(field):
            yield Cause((*path, field), NOT_HERE)
    volumes = {volume.get("name") for volume in spec.get("volumes") or ()}
    for field in ("initContainers", "containers"):
        for index, container in enumerate(spec.get(field) or ()):
            here: FieldPath = (*path, field, index)
            for key in ("name", "image"):
                if not container.get(key):
                    yield Cause((*here, key), "is required")
            if container.get("restartPolicy"):
                yield Cause((*here, "restartPolicy"), NOT_HERE)
            if (container.get("lifecycle") or {}).get("postStart"):
                yield Cause((*here, "lifecycle", "postStart"), NOT_HERE)
            for place, mount in enumerate(container.get("volumeMounts") or ()):
                if mount.get("name") not in volumes:
                    yield Cause(
                        (*here, "volumeMounts", place, "name"), f'no volume is named "{mount.get("name")}"'
                    )


def _job(body: Body) -> Iterator[Cause]:
    spec = body.get("spec") or {}
    yield from _template(body, ("Never", "OnFailure"))
    for field in ("successPolicy", "managedBy"):
        if spec.get(field) is not None:
            yield Cause(("spec", field), NOT_HERE)
    indexed = spec.get("completionMode") == "Indexed"
    if indexed and spec.get("completions") is None:
        yield Cause(("spec", "completions"), "is required when completionMode is Indexed")
    if spec.get("backoffLimitPerIndex") is not None and not indexed:
        yield Cause(("spec", "backoffLimitPerIndex"), "needs completionMode Indexed")
    if spec.get("maxFailedIndexes") is not None and spec.get("backoffLimitPerIndex") is None:
        yield Cause(("spec", "maxFailedIndexes"), "needs backoffLimitPerIndex")
    for field in ("parallelism", "completions", "backoffLimit", "activeDeadlineSeconds"):
        value = spec.get(field, 0)
        if value is not None and (not isinstance(value, int) or value < 0):
            yield Cause(("spec", field), f"{value!r}: a number of 0 or more is required")


def _deployment(body: Body) -> Iterator[Cause]:
    yield from _template(body, ("Always",))
    wanted = _at(body, ("spec", "selector", "matchLabels"))
    labels = _at(body, ("spec", "template", "metadata", "labels")) or {}
    if not wanted:
        yield Cause(("spec", "selector"), "is required")
    elif any(labels.get(key) != value for key, value in wanted.items()):
        yield Cause(
            ("spec", "template", "metadata", "labels"), "the selector does not match the template's labels"
        )


def _service(body: Body) -> Iterator[Cause]:
    spec = body.get("spec") or {}
    if not spec.get("ports") and spec.get("clusterIP") != "None":
        yield Cause(("spec", "ports"), "at least one port is required")


def _claim(body: Body) -> Iterator[Cause]:
    if not _at(body, ("spec", "resources", "requests", "storage")):
        yield Cause(("spec", "resources", "requests", "storage"), "is required")


def _autoscaler(body: Body) -> Iterator[Cause]:
    spec = body.get("spec") or {}
    low, high = spec.get("minReplicas", 1), spec.get("maxReplicas")
    if not isinstance(high, int) or high < 1:
        yield Cause(("spec", "maxReplicas"), "a number of 1 or more is required")
    elif low > high:
        yield Cause(("spec", "minReplicas"), f"{low} is more than maxReplicas, {high}")
    if not _at(body, ("spec", "scaleTargetRef", "name")):
        yield Cause(("spec", "scaleTargetRef", "name"), "is required")


def _secret(body: Body) -> Iterator[Cause]:
    for field in ("data", "stringData"):
        if body.get(field):
            yield Cause(
                (field,), "values of secrets are not kept here: put them into the environment's secrets file"
            )


def _pod(body: Body) -> Iterator[Cause]:
    return _containers(body.get("spec") or {}, ("spec",))


_CHECKS: Mapping[str, Callable[[Body], Iterable[Cause]]] = {
    "Deployment": _deployment,
    "HorizontalPodAutoscaler": _autoscaler,
    "Job": _job,
    "PersistentVolumeClaim": _claim,
    "Pod": _pod,
    "Secret": _secret,
    "Service": _service,
}


def _unchangeable(kind: str, body: Body, live: Body) -> Iterator[Cause]:
    old, new = live.get("spec") or {}, body.get("spec") or {}
    for field in _immutable_fields(kind, old, new):
        if not same(old.get(field), new.get(field)):
            yield Cause(("spec", field), "field is immutable")
    if kind in ("ConfigMap", "Secret") and live.get("immutable"):
        for field in ("data", "binaryData", "immutable"):
            if not same(live.get(field), body.get(field)):
                yield Cause((field,), "field is immutable when `immutable` is set")


def _immutable_fields(kind: str, old: Body, new: Body) -> Iterable[str]:
    if kind == "Pod":
        return sorted((old.keys() | new.keys()) - _MUTABLE_POD_FIELDS)
    if kind == "Job" and not _elastic(old, new):
        return (*_IMMUTABLE["Job"], "completions")
    return _IMMUTABLE.get(kind, ())


def _elastic(old: Body, new: Body) -> bool:
    """An Indexed Job may grow and shrink as long as completions and parallelism do so together."""
    return new.get("completionMode") == "Indexed" and all(
        spec.get("completions") == spec.get("parallelism") for spec in (old, new)
    )


def _at(body: Any, path: tuple[str, ...]) -> Any:
    for key in path:
        body = body.get(key) if isinstance(body, dict) else None
    return body
