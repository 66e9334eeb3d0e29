"""Rules about pairs of bounds and lists, wherever they stand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from trimtab.spec.diagnostic import Severity
from trimtab.spec.positions import SpecPath
from trimtab.spec.rules.registry import Context, Found, rule

FREE = frozenset(
    {"params", "kubernetes", "overrides", "manifests", "patches", "labels", "annotations", "environments"}
)
"""Keys below which a spec means nothing to us."""
SETS = frozenset({
    "reads", "writes", "capacity", "type", "serving", "zones", "machines", "registries", "partitions", "onData",
    "causes", "exitCodes", "egress", "ingress", "regions", "residency", "adapters", "rollbackOn", "about", "signedBy",
})  # fmt: skip
"""Keys whose list is a set or an order of preference: saying a thing twice means nothing."""


@rule("TT220")
def the_least_is_not_above_the_most(context: Context) -> Iterator[Found]:
    """Replicas, nodes, rows, columns, metrics: `min` above `max` can never hold."""
    for at, tree in _mappings(context.tree.get("spec"), ("spec",)):
        least, most = tree.get("min"), tree.get("max")
        if isinstance(least, (int, float)) and isinstance(most, (int, float)) and least > most:
            yield Found((*at, "min"), f"`min` is {least}, above `max`, which is {most}")


@rule("TT221", Severity.WARNING)
def nothing_is_listed_twice(context: Context) -> Iterator[Found]:
    """A list that is a set says each thing once."""
    for at, tree in _mappings(context.tree.get("spec"), ("spec",)):
        for key in SETS & tree.keys():
            items = tree[key] if isinstance(tree[key], list) else []
            for index, item in enumerate(items):
                if items.index(item) < index:
                    yield Found((*at, key, index), f"`{item}` is listed twice in `{key}`")


def _mappings(tree: Any, at: SpecPath) -> Iterator[tuple[SpecPath, Mapping[str, Any]]]:
    """Every mapping of the spec whose keys are the language's."""
    if isinstance(tree, Mapping):
        yield at, tree
        for key, value in tree.items():
            if key not in FREE:
                yield from _mappings(value, (*at, key))
    elif isinstance(tree, list):
        for index, item in enumerate(tree):
            yield from _mappings(item, (*at, index))
