"""Merges an environment's `overrides` into a spec, and keeps track of where each value now comes from.

Maps merge by key, another variant of a one-of replaces the one there, lists and plain values replace, `null`
removes. The merge works on plain trees; the language's shape only tells it what is a one-of, and what a short form
stands for. It judges nothing: what it merged is validated afterwards like any spec.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from trimtab.spec.positions import Entry, Positions, SpecPath
from trimtab.spec.shape.build import Kind
from trimtab.spec.shape.places import below, is_known, long_form, variants_of


class Merged(NamedTuple):
    """The merged tree. `replaced` and `idle` are paths in it: what an override set, and what it set to no effect."""

    tree: dict[str, Any]
    replaced: list[SpecPath]
    removed: list[SpecPath]
    idle: list[SpecPath]


def merge(
    base: Mapping[str, Any], overrides: Mapping[str, Any], kind: Kind | None, at: SpecPath = ()
) -> Merged:
    merged = Merged({}, [], [], [])
    return merged._replace(tree=_Merge(merged).mapping(base, overrides, kind, at))


def laid_over(positions: Positions, merged: Merged, overrides_at: SpecPath, at: SpecPath) -> Positions:
    """Positions of the merged tree: a value that an override set is found at the override."""

    def made() -> Positions:
        moved = dict(_moved(positions, frozenset(merged.replaced), overrides_at, at))
        return positions.overlaid(moved, iter((*merged.replaced, *merged.removed)))

    return Positions.later(made)


def _moved(
    positions: Positions, replaced: frozenset[SpecPath], overrides_at: SpecPath, at: SpecPath
) -> Iterator[tuple[SpecPath, Entry]]:
    depth = len(overrides_at)
    depths = sorted({len(path) for path in replaced})
    for path in positions:
        if path[:depth] != overrides_at:
            continue
        target = (*at, *path[depth:])
        if any(target[:n] in replaced for n in depths) and (entry := positions.get(path)):
            yield target, entry


class _Merge(NamedTuple):
    notes: Merged

    def mapping(
        self, base: Mapping[str, Any], over: Mapping[str, Any], kind: Kind | None, at: SpecPath
    ) -> dict[str, Any]:
        result = dict(base)
        for loser in _losing_variants(base, over, kind):
            del result[loser]
            self.notes.removed.append((*at, loser))
        for key, value in over.items():
            if value is None and key not in result and not is_known(kind, key):
                # It removes nothing: it stays, to be found as the unknown key that it is.
                self.notes.replaced.append((*at, key))
                result[key] = None
            else:
                self._key(result, key, value, below(kind, key), (*at, key))
        if not over:
            self.notes.idle.append(at)
        return result

    def _key(self, result: dict[str, Any], key: str, value: Any, kind: Kind | None, at: SpecPath) -> None:
        present = key in result
        if value is None:
            (self.notes.removed if present else self.notes.idle).append(at)
            result.pop(key, None)
        elif isinstance(value, Mapping) and isinstance(old := long_form(kind, result.get(key)), Mapping):
            result[key] = self.mapping(old, value, kind, at)
        else:
            new = _without_nulls(value)
            (self.notes.idle if present and _same(result[key], new) else self.notes.replaced).append(at)
            result[key] = new


def _losing_variants(base: Mapping[str, Any], over: Mapping[str, Any], kind: Kind | None) -> list[str]:
    """Keys of `base` that give way because `over` chooses another variant of the one-of."""
    one_of = variants_of(kind)
    chosen = {key for key in over if one_of and key in one_of.keys and over[key] is not None}
    if not one_of or not chosen or chosen & set(base):
        return []
    gone = set(one_of.keys) & set(base)
    beside = {key for key, owner in one_of.beside.items() if owner in gone}
    return [key for key in base if key in gone | beside]


def _without_nulls(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _without_nulls(item) for key, item in value.items() if item is not None}
    return value


def _same(left: Any, right: Any) -> bool:
    """Equal as YAML values: `1` is not `true`, and `1` is not `1.0`."""
    if type(left) is not type(right):
        return False
    if isinstance(left, dict):
        return left.keys() == right.keys() and all(_same(left[key], right[key]) for key in left)
    if isinstance(left, list):
        return len(left) == len(right) and all(map(_same, left, right))
    return bool(left == right)
