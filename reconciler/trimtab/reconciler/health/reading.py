"""Reading statuses: what every rule needs. A condition counts only where it says "True"."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Body = Mapping[str, Any]


def status_of(body: Body) -> Body:
    return body.get("status") or {}


def spec_of(body: Body) -> Body:
    return body.get("spec") or {}


def group_of(body: Body) -> str:
    return str(body.get("apiVersion", "")).rpartition("/")[0]


def condition(body: Body, kind: str) -> Body | None:
    """The condition of that type, if it holds."""
    found = any_condition(body, kind)
    return found if found and found.get("status") == "True" else None


def refusal(body: Body, kind: str) -> Body | None:
    """The condition of that type, if it says outright that it does not hold."""
    found = any_condition(body, kind)
    return found if found and found.get("status") == "False" else None


def any_condition(body: Body, kind: str) -> Body | None:
    """The condition of that type, whatever it says."""
    return next((c for c in status_of(body).get("conditions") or () if c.get("type") == kind), None)


def said(condition: Body | None) -> tuple[str, str]:
    """Its reason and message; empty texts where there is none."""
    given = condition or {}
    return str(given.get("reason") or ""), str(given.get("message") or "")


def is_current(body: Body) -> bool:
    """Its controller has seen what it asks for now, as far as it says so."""
    observed = status_of(body).get("observedGeneration")
    return observed is None or observed >= body["metadata"].get("generation", 0)


def since(condition: Body | None) -> str:
    return str((condition or {}).get("lastTransitionTime") or "")


def queue_of(body: Body) -> str:
    """The Kueue queue that it stands in, by its label; empty for none."""
    return str((body["metadata"].get("labels") or {}).get(QUEUE_LABEL) or "")


QUEUE_LABEL = "kueue.x-k8s.io/queue-name"
