"""The definition of `MLSystem`: the spec as the language has it, and the status that the reconciler writes."""

from __future__ import annotations

from typing import Any

from trimtab.reconciler.crds.definition import Column, Names, definition
from trimtab.reconciler.crds.shapes import WHOLE, Schema, each, many, record, text, whole
from trimtab.spec.json_schema import structural_spec

PARENT_LABEL = "applyset.kubernetes.io/is-parent-type"
"""Tells tools that prune by ApplySet that objects of this kind hold sets together (KEP-3659)."""

COLUMNS = (
    Column("Ready", '.status.conditions[?(@.type=="Ready")].status', "Whether it is as the spec says."),
    Column("Serving", ".status.summary.serving", "Each endpoint, and the run whose model it serves."),
    Column("Commit", ".status.summary.commit", "The commit that it is kept true to."),
    Column("Age", ".metadata.creationTimestamp", "Since when it is here.", type="date"),
    Column("Message", '.status.conditions[?(@.type=="Ready")].message', "What it waits for, if anything."),
    Column("Environment", r".metadata.annotations.trimtab\.dev/environment", "Of the spec.", wide=True),
    Column("Source", r".metadata.annotations.trimtab\.dev/source", "Where the spec is kept.", wide=True),
)


def mlsystem() -> dict[str, Any]:
    names = Names("MLSystem", "mlsystems", "mlsystem", ("mls",))
    return definition(names, _schema(), COLUMNS, labels={PARENT_LABEL: "true"})


def _schema() -> Schema:
    return record(
        "A machine-learning system. The spec is a mirror of what is kept in git: change it there, for a change "
        "made here is undone.",
        {
            "apiVersion": {"type": "string"},
            "kind": {"type": "string"},
            "metadata": {"type": "object"},
            "spec": structural_spec() | WHOLE,
            "status": _status(),
        },
        required=["spec"],
    )


def _status() -> Schema:
    return record(
        "What was found and done, as the reconciler last saw it.",
        {
            "observedGeneration": whole("The generation of the spec that this status speaks of."),
            "commit": text("The commit that it is kept true to."),
            "conditions": _conditions(),
            "serving": each(_served(), "What each endpoint serves. Recorded before the endpoint is written."),
            "baseline": text("What the objects were when they were last applied. For the reconciler alone."),
            "summary": record(
                "The above, as `kubectl get` shows it.",
                {"serving": text("Endpoints and runs."), "commit": text("The commit, shortened.")},
            ),
        },
    )


def _conditions() -> Schema:
    fields = {
        "type": text("Ready, Reconciling or Stalled."),
        "status": text("Whether it holds.", enum=["True", "False", "Unknown"]),
        "observedGeneration": whole("The generation of the spec that it speaks of."),
        "lastTransitionTime": text("When it began to hold, or ceased to.", format="date-time"),
        "reason": text("Why, in a word.", minLength=1),
        "message": text("Why, in a sentence."),
    }
    condition = record(
        "One fact about the system.",
        fields,
        required=["type", "status", "lastTransitionTime", "reason", "message"],
    )
    return many(
        condition,
        "`Ready`: it is as the spec says. `Reconciling`: something is under way. `Stalled`: a person must act.",
        **{"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["type"]},
    )


def _served() -> Schema:
    return record(
        "The model that an endpoint serves.",
        {
            "run": text("The Run that made it."),
            "key": text("That run's key."),
            "directory": text("Where its artifact lies, below the artifact store."),
            "digest": text("The artifact's digest: what does not have it is not served."),
            "since": text("Since when, in UTC."),
        },
    )
