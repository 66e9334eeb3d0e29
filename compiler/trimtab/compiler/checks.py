"""What an API server would reject and can be seen beforehand, with the spec line that led to it.

Checked after manifests are written, whoever wrote them: names, labels, quantities, and lists that are keyed by a name.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from trimtab.compiler.bundle import FieldPath, Manifest, Run
from trimtab.compiler.site import Site

_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_SUBDOMAIN = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*")
_QUALIFIED = re.compile(r"([a-z0-9.-]{1,253}/)?[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?")
_LABEL_VALUE = re.compile(r"([A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?)?")
_QUANTITY = re.compile(r"(0|[1-9][0-9]*)(\.[0-9]+)?(m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei)?")
_LABEL_NAMES = frozenset({"Namespace", "Service", "Job"})
LARGEST_CONFIG = 1024 * 1024
_KEYED = {
    "containers": "name",
    "initContainers": "name",
    "volumes": "name",
    "env": "name",
    "volumeMounts": "mountPath",
}


class Flaw(NamedTuple):
    field: FieldPath
    message: str


def check(site: Site, manifests: Iterable[Manifest], runs: Iterable[Run]) -> None:
    workloads = (manifest for run in runs for manifest in (*run.workload, run.lookup))
    for manifest in (*manifests, *workloads):
        for flaw in flaws(manifest):
            where = ".".join(map(str, flaw.field))
            message = f"an API server would reject {manifest.ref}: {where}: {flaw.message}"
            site.findings.add("TT406", message, manifest.origin(flaw.field))


def flaws(manifest: Manifest) -> Iterator[Flaw]:
    yield from _name(manifest)
    yield from _labels(manifest.body["metadata"], ("metadata",))
    if manifest.ref.kind == "ConfigMap":
        yield from _size(manifest.body)
    yield from _tree(manifest.body, ())


def _name(manifest: Manifest) -> Iterator[Flaw]:
    name, kind = manifest.body["metadata"]["name"], manifest.ref.kind
    if not isinstance(name, str):
        return
    pattern = _LABEL if kind in _LABEL_NAMES else _SUBDOMAIN
    if not pattern.fullmatch(name) or len(name) > 253:
        yield Flaw(("metadata", "name"), f"`{name}` is no name for a {kind}")
    elif kind == "Service" and not name[0].isalpha():
        yield Flaw(("metadata", "name"), f"`{name}` must begin with a letter")


def _labels(metadata: Mapping[str, Any], place: FieldPath) -> Iterator[Flaw]:
    for section in ("labels", "annotations"):
        for key, value in metadata.get(section, {}).items():
            here = (*place, section, key)
            if not _QUALIFIED.fullmatch(key):
                yield Flaw(here, f"`{key}` is no key")
            if section == "labels" and isinstance(value, str) and not _LABEL_VALUE.fullmatch(value):
                yield Flaw(here, f"`{value}` is no label value: 63 letters, digits, - _ . at most")


def _size(body: Mapping[str, Any]) -> Iterator[Flaw]:
    size = sum(len(text.encode("utf-8", "surrogatepass")) for text in body.get("data", {}).values())
    if size > LARGEST_CONFIG:
        yield Flaw(("data",), f"{size} bytes; {LARGEST_CONFIG} at most")


def _tree(value: Any, place: FieldPath) -> Iterator[Flaw]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            here = (*place, key)
            if key in {"requests", "limits"} and isinstance(item, Mapping):
                yield from _quantities(item, here)
            elif key in _KEYED and isinstance(item, list):
                yield from _unique(item, _KEYED[key], here)
            yield from _tree(item, here)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _tree(item, (*place, index))


def _quantities(amounts: Mapping[str, Any], place: FieldPath) -> Iterator[Flaw]:
    for name, amount in amounts.items():
        if not _QUANTITY.fullmatch(str(amount)):
            yield Flaw((*place, name), f"`{amount}` is no quantity")


def _unique(items: list[Any], key: str, place: FieldPath) -> Iterator[Flaw]:
    counted = Counter(item.get(key) for item in items)
    for index, item in enumerate(items):
        if counted[item.get(key)] > 1:
            yield Flaw((*place, index), f"{key} `{item.get(key)}` is there more than once")
