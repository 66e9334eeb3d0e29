"""What an API server would reject and can be seen beforehand, with the spec line that led to it.

Checked after manifests are written, whoever wrote them: names, labels, quantities, selectors, what Pods mount, and
whether the standard of their namespace would admit them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from trimtab.compiler import pod_security
from trimtab.compiler.bundle import FieldPath, Late, Manifest, Run
from trimtab.compiler.pod_templates import SCALARS, TEMPLATES, below, pod_specs
from trimtab.compiler.site import SPEC, Site
from trimtab.spec.positions import SpecPath

_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_SUBDOMAIN = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*")
_QUALIFIED = re.compile(r"([a-z0-9.-]{1,253}/)?[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?")
_LABEL_VALUE = re.compile(r"([A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?)?")
_QUANTITY = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([numkMGTPE]|[KMGTPE]i|[eE][+-]?[0-9]+)?")
_PATH_SEGMENT = re.compile(r"(?!\.{1,2}$)[^/%]+")
_RBAC = "rbac.authorization.k8s.io/"
_LABEL_NAMES = frozenset({"Namespace", "Service", "Job"})
LARGEST_CONFIG = 1024 * 1024


Pods = Sequence[tuple[FieldPath, Mapping[str, Any]]]
"""The Pod specs of a manifest, with their places in it."""


class Flaw(NamedTuple):
    field: FieldPath
    message: str


def check(site: Site, manifests: Iterable[Manifest], runs: Iterable[Run]) -> None:
    workloads = (manifest for run in runs for manifest in (*run.workload, run.lookup))
    for manifest in (*manifests, *workloads):
        pods = tuple(pod_specs(manifest.body))
        for flaw in flaws(manifest, pods):
            where = ".".join(map(str, flaw.field))
            message = f"an API server would reject {manifest.ref}: {where}: {flaw.message}"
            site.findings.add("TT406", message, manifest.origin(flaw.field))
        _check_pods(site, manifest, pods)


def _check_pods(site: Site, manifest: Manifest, pods: Pods) -> None:
    """Of Pods in templates, the namespace's standard is asked long after the object was taken."""
    level, minor = site.spec.security.pod_security, site.capabilities.kubernetes_minor
    for place, pod in pods:
        for field, why in pod_security.violations(pod, level, minor):
            message = f"Pods of {manifest.ref} would be refused as `podSecurity: {level}` asks: {why}"
            site.findings.add("TT409", message, manifest.origin((*place, *field)), *_chosen(site))


def _chosen(site: Site) -> list[tuple[str, SpecPath]]:
    """Where the standard is chosen; nothing where it is the language's own."""
    place: SpecPath = (*SPEC, "security", "podSecurity")
    return [("the standard is chosen here", place)] if place in site.findings.positions else []


def flaws(manifest: Manifest, pods: Pods) -> Iterator[Flaw]:
    yield from _name(manifest)
    yield from _labels(manifest.body["metadata"], ("metadata",))
    if manifest.ref.kind == "ConfigMap":
        yield from _size(manifest.body)
    for place, pod in pods:
        yield from _pod(pod, place)
    yield from _selector(manifest)
    yield from _resources(manifest.body, ())


def _name(manifest: Manifest) -> Iterator[Flaw]:
    name, kind = manifest.body["metadata"]["name"], manifest.ref.kind
    if not isinstance(name, str):
        return
    pattern = _LABEL if kind in _LABEL_NAMES else _SUBDOMAIN
    if manifest.ref.api_version.startswith(_RBAC):
        pattern = _PATH_SEGMENT
    if not pattern.fullmatch(name) or len(name) > 253:
        yield Flaw(("metadata", "name"), f"`{name}` is no name for a {kind}")
    elif kind == "Service" and not name[0].isalpha():
        yield Flaw(("metadata", "name"), f"`{name}` must begin with a letter")


def _labels(metadata: Mapping[str, Any], place: FieldPath) -> Iterator[Flaw]:
    for section in ("labels", "annotations"):
        texts, here = metadata.get(section, {}), (*place, section)
        if not isinstance(texts, Mapping):
            yield Flaw(here, "is no mapping of texts")
            continue
        for key, value in texts.items():
            if not _QUALIFIED.fullmatch(key):
                yield Flaw((*here, key), f"`{key}` is no key")
            if not isinstance(value, str | Late):
                yield Flaw((*here, key), f"`{value}` is no text: quote it")
            elif section == "labels" and isinstance(value, str) and not _LABEL_VALUE.fullmatch(value):
                yield Flaw((*here, key), f"`{value}` is no label value: 63 letters, digits, - _ . at most")


def _size(body: Mapping[str, Any]) -> Iterator[Flaw]:
    texts = body.get("data", {})
    values = texts.values() if isinstance(texts, Mapping) else ()
    size = sum(len(str(text).encode("utf-8", "surrogatepass")) for text in values)
    if size > LARGEST_CONFIG:
        yield Flaw(("data",), f"{size} bytes; {LARGEST_CONFIG} at most")


def _pod(pod: Mapping[str, Any], place: FieldPath) -> Iterator[Flaw]:
    yield from _unique(pod.get("volumes"), "name", (*place, "volumes"))
    volumes = {each.get("name") for each in _mappings(pod.get("volumes"))}
    names = []
    for group in ("initContainers", "containers"):
        for index, container in enumerate(_mappings(pod.get(group))):
            here = (*place, group, index)
            names.append(container.get("name"))
            if names.count(names[-1]) > 1:
                yield Flaw(here, f"name `{names[-1]}` is there more than once")
            yield from _unique(container.get("env"), "name", (*here, "env"))
            yield from _unique(container.get("volumeMounts"), "mountPath", (*here, "volumeMounts"))
            for at, mount in enumerate(_mappings(container.get("volumeMounts"))):
                if mount.get("name") not in volumes:
                    yield Flaw((*here, "volumeMounts", at), f"there is no volume `{mount.get('name')}`")


def _selector(manifest: Manifest) -> Iterator[Flaw]:
    """What selects its Pods is what they carry."""
    template = TEMPLATES.get((manifest.ref.api_version.rpartition("/")[0], manifest.ref.kind))
    wanted = below(manifest.body, "spec", "selector", "matchLabels")
    if template is None or not isinstance(wanted, Mapping):
        return
    carried = below(manifest.body, *map(str, template), "metadata", "labels") or {}
    for key, value in wanted.items():
        if carried.get(key) != value:
            here = ("spec", "selector", "matchLabels", key)
            yield Flaw(here, f"the Pods of its template carry no label `{key}: {value}`")


def _resources(value: Any, place: FieldPath) -> Iterator[Flaw]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            if key in {"requests", "limits"} and place[-1:] == ("resources",) and isinstance(item, Mapping):
                yield from _quantities(item, (*place, key))
            if not isinstance(item, SCALARS):
                yield from _resources(item, (*place, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _resources(item, (*place, index))


def _quantities(amounts: Mapping[str, Any], place: FieldPath) -> Iterator[Flaw]:
    for name, amount in amounts.items():
        if not _QUANTITY.fullmatch(str(amount)):
            yield Flaw((*place, name), f"`{amount}` is no quantity")


def _unique(items: Any, key: str, place: FieldPath) -> Iterator[Flaw]:
    counted = Counter(str(item.get(key)) for item in _mappings(items))
    for index, item in enumerate(_mappings(items)):
        if counted[str(item.get(key))] > 1:
            yield Flaw((*place, index), f"{key} `{item.get(key)}` is there more than once")


def _mappings(items: Any) -> list[Mapping[str, Any]]:
    """The items of a list; what is none, or is of another shape, is for the server to say."""
    return [item if isinstance(item, Mapping) else {} for item in items] if isinstance(items, list) else []
