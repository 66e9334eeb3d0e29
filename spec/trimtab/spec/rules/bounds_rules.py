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


_WHOLE = (dict, list)


@rule("TT220")
def the_least_is_not_above_the_most(context: Context) -> Iterator[Found]:
    """Replicas, nodes, rows, columns, metrics: `min` above `max` can never hold."""
    for at, tree in context.once(_bounds_and_sets):
        if type(tree) is dict:
            least, most = tree["min"], tree["max"]
            if isinstance(least, (int, float)) and isinstance(most, (int, float)) and least > most:
                yield Found((*at, "min"), f"`min` is {least}, above `max`, which is {most}")


@rule("TT221", Severity.WARNING)
def nothing_is_listed_twice(context: Context) -> Iterator[Found]:
    """A list that is a set says each thing once."""
    for at, items in context.once(_bounds_and_sets):
        if type(items) is list:
            seen: set[str] = set()
            for index, item in enumerate(items):
                if repr(item) in seen:
                    yield Found((*at, index), f"`{item}` is listed twice in `{at[-1]}`")
                seen.add(repr(item))


def _bounds_and_sets(context: Context) -> Iterator[tuple[SpecPath, Any]]:
    """Every mapping with both bounds, and every list that is a set, where the keys are the language's."""
    waiting: list[tuple[SpecPath, Any]] = [(("spec",), context.tree["spec"])]
    while waiting:
        at, tree = waiting.pop()
        if type(tree) is dict and "min" in tree and "max" in tree:
            yield at, tree
        for key, value in tree.items() if type(tree) is dict else enumerate(tree):
            if type(value) in _WHOLE and key not in FREE:
                waiting.append(((*at, key), value))
                if key in SETS and type(value) is list:
                    yield (*at, key), value
