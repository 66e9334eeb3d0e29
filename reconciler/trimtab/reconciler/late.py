"""Filling a manifest's slots. A slot without a value is a bug of the plan, not of the user, so it raises."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from trimtab.compiler.bundle import Late, Slot


def fill(tree: Any, value_of: Callable[[Slot], str]) -> Any:
    """`tree` with every `Late` leaf replaced by its text; everything else is copied."""
    if isinstance(tree, Late):
        return "".join(part if isinstance(part, str) else value_of(part) for part in tree.parts)
    if isinstance(tree, dict):
        return {name: fill(value, value_of) for name, value in tree.items()}
    if isinstance(tree, list | tuple):
        return [fill(value, value_of) for value in tree]
    return tree


def slots(tree: Any) -> Iterator[Slot]:
    if isinstance(tree, Late):
        yield from tree.slots
    elif isinstance(tree, dict):
        for value in tree.values():
            yield from slots(value)
    elif isinstance(tree, list | tuple):
        for value in tree:
            yield from slots(value)
