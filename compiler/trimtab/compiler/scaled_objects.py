"""Objects of `manifests` whose number of replicas an autoscaler of the same spec decides: they do not say it themselves.

Two who write one field take turns for ever, and each turn starts and stops Pods. Autoscalers that are not in the spec
are no business of this module.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from trimtab.compiler.own_object_rules import Fault, group_kind
from trimtab.compiler.pod_templates import below

Tree = Mapping[str, Any]

AUTOSCALERS: Mapping[tuple[str, str], tuple[str, str]] = {
    ("autoscaling", "HorizontalPodAutoscaler"): ("", ""),
    ("keda.sh", "ScaledObject"): ("apps", "Deployment"),
}
"""Kinds that scale what `spec.scaleTargetRef` names, and the kind that is meant where it says none."""


class _Target(NamedTuple):
    group: str
    kind: str
    name: str


def scaled_twice(trees: Mapping[str, Tree]) -> Iterator[tuple[str, Fault]]:
    """By its name in `manifests`, each object that says how many of it there are beside its autoscaler."""
    scalers = dict(_scalers(trees.values()))
    for name, tree in trees.items():
        scaler = scalers.get(_Target(*group_kind(tree), tree["metadata"]["name"]))
        if scaler is not None and below(tree, "spec", "replicas") is not None:
            message = f"{scaler} says how many there are: leave `replicas` out"
            yield name, Fault("TT410", message, ("spec", "replicas"))


def _scalers(trees: Iterable[Tree]) -> Iterator[tuple[_Target, str]]:
    for tree in trees:
        meant = AUTOSCALERS.get(group_kind(tree))
        if meant is None:
            continue
        version, kind, name = (
            str(below(tree, "spec", "scaleTargetRef", key) or "") for key in ("apiVersion", "kind", "name")
        )
        group = version.rpartition("/")[0] if version else meant[0]
        yield _Target(group, kind or meant[1], name), f"{tree['kind']}/{tree['metadata']['name']}"
