"""How many replicas there are, when the spec ceases to say so: the number stays, for an autoscaler to change.

An API server takes away a field that its last owner leaves out, and puts its default there: one. So another field manager
of ours takes the number as it is, before we leave it. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from trimtab.reconciler.kubernetes.own_fields import own_tree

Body = Mapping[str, Any]

HOLDER = "trimtab-handed-over"
"""The field manager that holds what the spec has ceased to say, until somebody changes it."""

SCALED = frozenset({"Deployment", "ReplicaSet", "StatefulSet"})


def may_leave(body: Body) -> bool:
    return body["kind"] in SCALED and "replicas" not in (body.get("spec") or {})


def left_by(body: Body, live: Body, manager: str) -> dict[str, Any] | None:
    """What `HOLDER` is to apply before `manager` applies `body`; None where nothing is left."""
    is_ours = "f:replicas" in (own_tree(live, manager).get("f:spec") or {})
    return _of_number(body, live["spec"]["replicas"]) if is_ours else None


def taken_back(body: Body) -> dict[str, Any] | None:
    """What `HOLDER` is to apply where it is in the way of `body`."""
    replicas = (body.get("spec") or {}).get("replicas")
    return _of_number(body, replicas) if body["kind"] in SCALED and replicas is not None else None


def _of_number(body: Body, replicas: int) -> dict[str, Any]:
    named = {k: v for k, v in body["metadata"].items() if k in ("name", "namespace", "uid")}
    return {
        "apiVersion": body["apiVersion"],
        "kind": body["kind"],
        "metadata": named,
        "spec": {"replicas": replicas},
    }
