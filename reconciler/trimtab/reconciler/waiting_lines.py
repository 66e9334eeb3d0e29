"""At which line to look when Pods wait for a node: the one that asked for what the nodes don't have.

Pure: a manifest, and the sentence in which its health says why it waits. Where the sentence names nothing that is
written there, the object's own line is meant.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from trimtab.compiler.bundle import FieldPath, Manifest
from trimtab.compiler.packed import unpacked
from trimtab.compiler.pod_templates import pod_specs
from trimtab.reconciler.health import sentences
from trimtab.spec.positions import SpecPath

_TOO_LITTLE = re.compile(rf"{sentences.TOO_LITTLE} (\S+)")


def waits_at(manifest: Manifest, message: str, otherwise: SpecPath) -> SpecPath:
    field = next(_fields(manifest, message), None)
    return otherwise if field is None else manifest.origin(field)


def _fields(manifest: Manifest, message: str) -> Iterator[FieldPath]:
    """What it asks for and does not get; amounts before kinds of node."""
    lacking = _TOO_LITTLE.findall(message)
    if not (lacking or sentences.OTHER_LABELS in message or sentences.TAINTED in message):
        return  # as most that wait: their Pods need not be looked through, at each event anew
    for place, pod in pod_specs(unpacked(manifest.body)):
        for name in lacking:
            yield from _requests(pod, place, name)
        if sentences.OTHER_LABELS in message:
            yield from ((*place, key) for key in ("affinity", "nodeSelector") if key in pod)
        if sentences.TAINTED in message and "tolerations" in pod:
            yield (*place, "tolerations")


def _requests(pod: Mapping[str, Any], place: FieldPath, name: str) -> Iterator[FieldPath]:
    for index, container in enumerate(pod["containers"]):
        if name in ((container.get("resources") or {}).get("requests") or {}):
            yield (*place, "containers", index, "resources", "requests", name)
