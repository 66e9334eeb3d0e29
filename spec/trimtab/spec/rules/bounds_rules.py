"""Rules about pairs of bounds and lists, wherever they stand."""

from __future__ import annotations

from collections.abc import Iterator
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
    for at, tree in context.once(_mappings):
        if "min" not in tree or "max" not in tree:
            continue
        least, most = tree["min"], tree["max"]
        if isinstance(least, (int, float)) and isinstance(most, (int, float)) and least > most:
            yield Found((*at, "min"), f"`min` is {least}, above `max`, which is {most}")


@rule("TT221", Severity.WARNING)
def nothing_is_listed_twice(context: Context) -> Iterator[Found]:
    """A list that is a set says each thing once."""
    for at, tree in context.once(_mappings):
        for key in SETS & tree.keys():
            seen: set[str] = set()
            for index, item in enumerate(tree[key] if type(tree[key]) is list else ()):
                if repr(item) in seen:
                    yield Found((*at, key, index), f"`{item}` is listed twice in `{key}`")
                seen.add(repr(item))


def _mappings(context: Context) -> Iterator[tuple[SpecPath, dict[str, Any]]]:
    """Every mapping of the spec whose keys are the language's."""
    waiting: list[tuple[SpecPath, Any]] = [(("spec",), context.tree["spec"])]
    while waiting:
        at, tree = waiting.pop()
        if type(tree) is dict:
            yield at, tree
            below = [(key, value) for key, value in tree.items() if key not in FREE]
        else:
            below = list(enumerate(tree))
        waiting += [((*at, key), value) for key, value in below if type(value) in (dict, list)]
