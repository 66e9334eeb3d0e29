"""An object as a reconciler may know it: identity, the digest of its own fields, health; nothing else crosses the door."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from trimtab.compiler.bundle import Ref
from trimtab.reconciler.cluster import Health, Observed, told_content
from trimtab.reconciler.health import condition, health_of
from trimtab.reconciler.local.engine import Engine
from trimtab.reconciler.local.objects import Stored
from trimtab.reconciler.local.server_side_apply import own_digest

LOCAL_PORTS = "localPorts"
"""Status field of Pods and Services: port name or number -> the port on this machine that stands for it."""

SERVING = "Serving"
"""Condition of a Service: its addresses are listened on."""

_WITH_PODS = frozenset({"Deployment", "Job"})


def observe(engine: Engine, stored: Stored, manager: str) -> Observed:
    ref = stored.ref
    return Observed(
        ref=ref,
        uid=stored.uid,
        revision=stored.revision,
        generation=stored.generation,
        own=own_digest(stored.body, stored.managers, manager),
        labels=dict(stored.labels),
        annotations=dict(stored.annotations),
        deleting=stored.deleting,
        health=_health(engine, stored),
        body=told_content(ref, stored.labels, stored.body),
        ours=any(each.name == manager for each in stored.managers),
    )


def _health(engine: Engine, stored: Stored) -> Health:
    pods = _pods(engine, stored) if stored.ref.kind in _WITH_PODS else ()
    return replace(health_of(stored.body, pods), address=_address(stored))


def _pods(engine: Engine, stored: Stored) -> list[Mapping[str, Any]]:
    pods = engine.store.of_kind("v1", "Pod", stored.ref.namespace)
    return [pod.body for pod in pods if pod.controller == stored.uid]


def logs_of(engine: Engine, ref: Ref) -> dict[str, Any]:
    """Whose logs are those of `ref`: its own, if it is a Pod, else those of the Pods it owns; oldest first."""
    stored = engine.store.get(ref)
    if stored is None:
        return {"pods": [], "over": True}
    pods = [stored.body] if ref.kind == "Pod" else _pods(engine, stored)
    over = stored.deleting or health_of(stored.body).finished is not None
    return {"pods": [_written(pod) for pod in pods], "over": over}


def _written(pod: Mapping[str, Any]) -> list[Any]:
    names = [c["name"] for c in (*(pod["spec"].get("initContainers") or ()), *pod["spec"]["containers"])]
    return [pod["metadata"]["name"], pod["metadata"]["uid"], names]


def _address(stored: Stored) -> str:
    """Its first port is where people look: named or not, it stands first in the manifest. A Service has none before
    something listens there."""
    if stored.ref.kind == "Service" and condition(stored.body, SERVING) is None:
        return ""
    ports = stored.status.get(LOCAL_PORTS) or {}
    headless = stored.spec.get("clusterIP") == "None"
    return "" if headless or not ports else f"http://127.0.0.1:{next(iter(ports.values()))}"
