"""What short ways to write a mapping stand for: `replicas: 3`, `timeout: 12h`, `runOn: local`.

Each function takes what was written and gives the long form; what is no short form comes back as it is.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def _whole(tree: Any) -> bool:
    return isinstance(tree, int) and not isinstance(tree, bool)


def value(tree: Any) -> Any:
    return {"value": tree} if isinstance(tree, str) else tree


def run(tree: Any) -> Any:
    return {"run": tree} if isinstance(tree, str) else tree


def runs(tree: Any) -> Any:
    return {"runs": tree} if isinstance(tree, str) else tree


def times(tree: Any) -> Any:
    return {"times": tree} if _whole(tree) else tree


def both_bounds(tree: Any) -> Any:
    return {"min": tree, "max": tree} if _whole(tree) else tree


def replicas(tree: Any) -> Any:
    """A number is both bounds; the most is at least the least."""
    if isinstance(tree, dict) and "max" not in tree and _whole(tree.get("min")):
        return {**tree, "max": max(1, tree["min"])}
    return both_bounds(tree)


def own_namespace(tree: Any) -> Any:
    """A system lives in the namespace of its own name, where it names no other."""
    if isinstance(tree, dict) and "namespace" not in tree and isinstance(tree.get("name"), str):
        return {**tree, "namespace": tree["name"]}
    return tree


SHORT_FORMS: dict[str, Callable[[Any], Any]] = {
    form.__name__: form for form in (value, run, runs, times, both_bounds, replicas, own_namespace)
}
