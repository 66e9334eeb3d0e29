"""What an update in place does to what runs: restarted Pods, fewer of them. Pure, and for people alone.

Each workload carries a mark of its Pod template as it was applied, so that this is known without a copy of the object.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from trimtab.compiler.canonical import digest, short
from trimtab.reconciler.cluster import Observed

TEMPLATE = "trimtab.dev/template"
"""Annotation: a few digits of the Pod template's digest."""

_ROLLED = frozenset({"Deployment", "StatefulSet", "DaemonSet"})
"""Kinds whose Pods are restarted when their template changes."""


def template_mark(body: Mapping[str, Any]) -> str:
    """Empty for what has no Pods that are restarted."""
    if body["kind"] not in _ROLLED or "template" not in body.get("spec", {}):
        return ""
    return short(digest(body["spec"]["template"]), 8)


def told(observed: Observed, body: Mapping[str, Any]) -> str:
    """`; its Pods are restarted`: to be put behind a reason. Empty where nothing that runs is touched."""
    return "".join(f"; {each}" for each in _effects(observed, body))


def _effects(observed: Observed, body: Mapping[str, Any]) -> Iterator[str]:
    before = observed.annotations.get(TEMPLATE)
    after = body["metadata"].get("annotations", {}).get(TEMPLATE)
    if before and after and before != after:
        yield "its Pods are restarted"
    replicas = body.get("spec", {}).get("replicas")
    if isinstance(replicas, int) and replicas < observed.health.replicas:
        yield f"{observed.health.replicas} Pods become {replicas}"
