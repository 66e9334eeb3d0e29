"""Conditions of a status, as Kubernetes writes them: one a type, with the time of its last transition."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

Condition = dict[str, Any]


def put(
    conditions: Sequence[Condition],
    kind: str,
    holds: bool | None,
    now: str,
    reason: str = "",
    message: str = "",
) -> list[Condition]:
    """The list with that condition set; the time moves when its status does. None is Unknown."""
    status = {True: "True", False: "False", None: "Unknown"}[holds]
    old = next((c for c in conditions if c["type"] == kind), {})
    since = old["lastTransitionTime"] if old.get("status") == status else now
    new = {"type": kind, "status": status, "lastTransitionTime": since, "reason": reason, "message": message}
    new = {key: value for key, value in new.items() if value or key not in ("reason", "message")}
    if not old:
        return [*conditions, new]
    return [new if c["type"] == kind else c for c in conditions]


def without(conditions: Sequence[Condition], kind: str) -> list[Condition]:
    return [c for c in conditions if c["type"] != kind]


def holds(conditions: Sequence[Condition], kind: str) -> bool:
    return any(c["type"] == kind and c["status"] == "True" for c in conditions)
