"""The `MLSystem` object: our mirror of git, and the memory of what serves and what was applied."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from trimtab.compiler.bundle import Bundle, Manifest
from trimtab.compiler.packed import Packed, unpacked
from trimtab.reconciler import summary
from trimtab.reconciler.actions import Hold, HoldKind, Plan
from trimtab.reconciler.cluster import Observed
from trimtab.reconciler.desired import applyset_id, system_ref
from trimtab.reconciler.ledger import API_VERSION
from trimtab.reconciler.state import Served, SystemRecord

SOURCE, ENVIRONMENT, CLUSTER = "trimtab.dev/source", "trimtab.dev/environment", "trimtab.dev/cluster"
CONFIRM = "trimtab.dev/confirm"
"""Annotation by which a person says yes to the deletions that a daemon asked about."""

Conditions = dict[str, tuple[bool, str, str, str]]

_OF_SERVED = frozenset(field.name for field in fields(Served))


def manifest_of(bundle: Bundle, source: str, cluster: str) -> Manifest:
    """The object as we apply it. Source and cluster identify it: another of either is refused elsewhere."""
    annotations = {
        SOURCE: source,
        ENVIRONMENT: bundle.environment,
        CLUSTER: cluster,
        **_set_of(bundle),
    }
    labels = {"applyset.kubernetes.io/id": applyset_id(bundle)}
    body = {
        "apiVersion": API_VERSION,
        "kind": "MLSystem",
        "metadata": {
            "name": bundle.system,
            "namespace": bundle.namespace,
            "labels": labels,
            "annotations": annotations,
        },
        "spec": unpacked(bundle.spec),
    }
    is_packed = isinstance(bundle.spec, Packed)
    return Manifest(system_ref(bundle), Packed(body) if is_packed else body, {(): ()}, {})


def _set_of(bundle: Bundle) -> dict[str, str]:
    """What tools that know ApplySets want to know of their parent (KEP-3659)."""
    groups = {(m.ref.kind, m.ref.api_version.rpartition("/")[0]) for m in bundle.manifests if m.ref.namespace}
    return {
        "applyset.kubernetes.io/tooling": "trimtab/v1",
        "applyset.kubernetes.io/contains-group-kinds": ",".join(
            sorted(".".join(filter(None, each)) for each in groups)
        ),
    }


def record_of(observed: Observed) -> SystemRecord:
    body = observed.body or {}
    status = body.get("status") or {}
    annotations = observed.annotations
    return SystemRecord(
        uid=observed.uid,
        revision=observed.revision,
        generation=observed.generation,
        source=annotations.get(SOURCE, ""),
        cluster=annotations.get(CLUSTER, ""),
        environment=annotations.get(ENVIRONMENT, ""),
        confirmed=annotations.get(CONFIRM, ""),
        serving={
            name: Served(**served)
            for name, served in status.get("serving", {}).items()
            if served.keys() == _OF_SERVED  # anything else was not written here
        },
        conditions={
            c["type"]: (c["status"] == "True", c["reason"], c["message"], c["lastTransitionTime"])
            for c in status.get("conditions", [])
        },
        commit=status.get("commit", ""),
        status=status,
    )


def status_of(
    record: SystemRecord,
    serving: Mapping[str, Served],
    baseline: str,
    conditions: Conditions,
    commit: str,
) -> dict[str, Any]:
    return {
        "observedGeneration": record.generation,
        "commit": commit,
        "serving": {
            name: {"run": s.run, "key": s.key, "directory": s.directory, "digest": s.digest, "since": s.since}
            for name, s in sorted(serving.items())
        },
        "summary": {
            "serving": summary.serving({name: served.run for name, served in serving.items()}),
            "commit": summary.commit(commit),
        },
        "baseline": baseline,
        "conditions": [
            {
                "type": kind,
                "status": "True" if holds else "False",
                "observedGeneration": record.generation,
                "reason": reason,
                "message": message,
                "lastTransitionTime": since,
            }
            for kind, (holds, reason, message, since) in sorted(conditions.items())
        ],
    }


def conditions_of(plan: Plan, previous: Mapping[str, tuple[bool, str, str, str]], now: str) -> Conditions:
    """`Ready`, `Reconciling`, `Stalled`, as kstatus reads them; a time moves only with its condition."""
    waiting = [h for h in plan.holds if h.kind is HoldKind.WAITING]
    blocked = [h for h in plan.holds if h.kind is HoldKind.BLOCKED]
    ready = not waiting and not blocked
    facts = {
        "Ready": (ready, "AsTheSpecSays" if ready else "NotYet", _text(blocked or waiting)),
        "Reconciling": (bool(waiting), "Progressing" if waiting else "AtRest", _text(waiting)),
        "Stalled": (bool(blocked), "Held" if blocked else "NotHeld", _text(blocked)),
    }
    return {kind: (*fact, _since(kind, fact[0], previous, now)) for kind, fact in facts.items()}


def is_detail(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Whether two statuses tell the same of what serves, of the commit and of each condition, but for its message.

    What a person must do is no detail.
    """

    def gist(status: Mapping[str, Any]) -> list[Any]:
        conditions = [
            (c["type"], c["status"], c["reason"], c["message"] if c["type"] == "Stalled" else "")
            for c in status.get("conditions", ())
        ]
        return [conditions, status.get("serving"), status.get("commit"), status.get("observedGeneration")]

    return gist(before) == gist(after)


def _since(kind: str, holds: bool, previous: Mapping[str, tuple[bool, str, str, str]], now: str) -> str:
    before = previous.get(kind)
    return before[3] if before is not None and before[0] == holds else now


def _text(holds: list[Hold]) -> str:
    more = f" (and {len(holds) - 1} more)" if len(holds) > 1 else ""
    return f"{holds[0].node}: {holds[0].reason}{more}" if holds else ""
