"""Kubernetes Events as `Happening`: both of their shapes, the older one with counts and the newer one with series."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from trimtab.compiler.bundle import Ref
from trimtab.reconciler.cluster import Happening

Body = Mapping[str, Any]


def happening(event: Body) -> Happening:
    about = event.get("involvedObject") or {}
    series = event.get("series") or {}
    last = series.get("lastObservedTime") or event.get("lastTimestamp") or event.get("eventTime")
    return Happening(
        ref_of(about),
        event.get("reason") or "",
        (event.get("message") or "").strip(),
        int(series.get("count") or event.get("count") or 1),
        last or event["metadata"].get("creationTimestamp") or "",
    )


def ref_of(about: Body) -> Ref:
    return Ref(
        about.get("apiVersion") or "",
        about.get("kind") or "",
        about.get("namespace") or "",
        about.get("name") or "",
    )


def selection(ref: Ref) -> dict[str, str]:
    """Not by version: controllers leave it out, or name an older one."""
    return {"fieldSelector": f"involvedObject.kind={ref.kind},involvedObject.name={ref.name}"}
