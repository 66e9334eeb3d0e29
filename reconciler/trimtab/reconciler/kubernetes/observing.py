"""An object as an API server shows it, with the Pods it owns, as a reconciler may know it.

Pure. What crosses this door is identity, the digest of our own fields, labels, annotations and health; the content
only of kinds that are the reconciler's own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from trimtab.compiler.bundle import Ref
from trimtab.reconciler.cluster import Health, Observed, told_content
from trimtab.reconciler.health import health_of
from trimtab.reconciler.kubernetes.own_fields import is_written, own_digest

Body = Mapping[str, Any]

COPY_OF_THE_OBJECT = "kubectl.kubernetes.io/last-applied-configuration"
"""An annotation as large as the object; nobody here reads it."""


def observe(body: Body, manager: str, pods: Sequence[Body] = ()) -> Observed:
    """`body` is whole, its managedFields included; `pods` are those it owns, as far as they are known."""
    metadata = body["metadata"]
    ref, labels = ref_of(body), metadata.get("labels") or {}
    entries = metadata.get("managedFields") or ()
    return Observed(
        ref=ref,
        uid=metadata["uid"],
        revision=metadata["resourceVersion"],
        generation=metadata.get("generation", 0),
        own=own_digest(body, manager),
        labels=labels,
        annotations=noteworthy(metadata.get("annotations")),
        deleting="deletionTimestamp" in metadata,
        health=health_at(ref, body, pods),
        body=_content(told_content(ref, labels, body)),
        ours=any(is_written(manager, e.get("manager"), e.get("subresource")) for e in entries),
    )


def ref_of(body: Body) -> Ref:
    metadata = body["metadata"]
    return Ref(body["apiVersion"], body["kind"], metadata.get("namespace", ""), metadata["name"])


def other_manager(body: Body, manager: str) -> str:
    """Whoever else wrote the object itself, the first of them; nothing where nobody did."""
    entries = body["metadata"].get("managedFields") or ()
    named = (e.get("manager", "") for e in entries if not e.get("subresource"))
    return next((name for name in named if name != manager), "")


def _content(body: Body | None) -> Body | None:
    if body is None:
        return None
    metadata = {name: value for name, value in body["metadata"].items() if name != "managedFields"}
    return {**body, "metadata": metadata}


def noteworthy(annotations: Mapping[str, str] | None) -> Mapping[str, str]:
    return {name: value for name, value in (annotations or {}).items() if name != COPY_OF_THE_OBJECT}


def health_at(ref: Ref, body: Body, pods: Sequence[Body] = ()) -> Health:
    """With the address where it answers, as one calls it from inside the cluster."""
    health = health_of(body, pods)
    address = _address(ref, body)
    return replace(health, address=address) if address else health


def _address(ref: Ref, body: Body) -> str:
    spec, status = body.get("spec") or {}, body.get("status") or {}
    if ref.kind == "Service" and spec.get("clusterIP") != "None":
        host = _ingress(status) or f"{ref.name}.{ref.namespace}.svc"
        return _url(host, [port["port"] for port in spec.get("ports") or ()])
    if ref.kind == "Pod" and status.get("podIP"):
        ports = [p["containerPort"] for c in spec.get("containers") or () for p in c.get("ports") or ()]
        return _url(status["podIP"], ports)
    return ""


def _ingress(status: Body) -> str:
    given = (status.get("loadBalancer") or {}).get("ingress") or [{}]
    return str(given[0].get("hostname") or given[0].get("ip") or "")


def _url(host: str, ports: Sequence[int]) -> str:
    named = f"[{host}]" if ":" in host else host
    return f"http://{named}:{ports[0]}" if ports else ""
