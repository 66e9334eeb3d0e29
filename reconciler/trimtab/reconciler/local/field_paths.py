"""Where the values of an object stand: leaf paths that survive reordering, as server-side apply needs them.

A path's steps are keys of maps and `Item`s of associative lists (a container is found by its name, not its place).
Lists that Kubernetes merges by key are known by their field's name; every other list, and a few maps, are atomic:
one leaf. Lists of custom resources are atomic too, as an API server treats them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

MERGE_KEYS: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "containers": (("name",),),
    "initContainers": (("name",),),
    "ephemeralContainers": (("name",),),
    "env": (("name",),),
    "volumes": (("name",),),
    "imagePullSecrets": (("name",),),
    "resourceClaims": (("name",),),
    "volumeMounts": (("mountPath",),),
    "volumeDevices": (("devicePath",),),
    "ports": (("containerPort", "protocol"), ("port", "protocol")),
    "hostAliases": (("ip",),),
    "topologySpreadConstraints": (("topologyKey", "whenUnsatisfiable"),),
    "conditions": (("type",),),
    "ownerReferences": (("uid",),),
}
KEY_DEFAULTS = {"protocol": "TCP"}
ATOMIC_MAPS = frozenset({"selector", "labelSelector", "nodeSelector", "podSelector", "namespaceSelector"})
CUSTOM_GROUPS = ("trimtab.dev/",)


class Item(NamedTuple):
    """An element of an associative list, by the values of its keys."""

    keys: tuple[tuple[str, str | int], ...]


Step = str | Item
Path = tuple[Step, ...]


class Missing:
    """Nothing stands at a path: unlike null, which is a value."""

    def __repr__(self) -> str:
        return "MISSING"


MISSING = Missing()


def same(one: Any, other: Any) -> bool:
    """Equal as JSON: to Python `true == 1`, to an API server it is not."""
    if one is other:
        return True
    if one is MISSING or other is MISSING:
        return False
    return canonical(one) == canonical(other)


def canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def items(field: str, value: Any) -> dict[Step, Any] | None:
    """The elements of an associative list by their keys, in order; None where the list is atomic."""
    if not isinstance(value, list):
        return None
    for keys in MERGE_KEYS.get(field, ()):
        found: dict[Step, Any] = {
            item: element for element in value if (item := _item(element, keys)) is not None
        }
        if len(found) == len(value):
            return found
    return None


def _item(element: Any, keys: tuple[str, ...]) -> Item | None:
    if not isinstance(element, dict) or keys[0] not in element:
        return None
    values = {key: element.get(key, KEY_DEFAULTS.get(key)) for key in keys}
    known = {key: value for key, value in values.items() if isinstance(value, str | int)}
    return Item(tuple(known.items())) if len(known) == len(values) else None


def is_custom(body: Mapping[str, Any]) -> bool:
    return str(body.get("apiVersion", "")).startswith(CUSTOM_GROUPS)


class Shape:
    """How the objects of one kind are cut into leaves; `custom` kinds have no associative lists and no atomic maps."""

    __slots__ = ("custom",)

    def __init__(self, body: Mapping[str, Any]) -> None:
        self.custom = is_custom(body)

    def fields(self, field: str, value: Any) -> Mapping[Step, Any] | None:
        """The children that have owners of their own, or None for a leaf."""
        if isinstance(value, dict):
            return value if value and not (field in ATOMIC_MAPS and not self.custom) else None
        if self.custom or not value:
            return None
        return items(field, value)

    def mergeable(self, field: str, one: Any, other: Any) -> bool:
        """Both are of the same granular form, so that an empty one adds nothing and takes nothing away."""
        if isinstance(one, dict) and isinstance(other, dict):
            return self.custom or field not in ATOMIC_MAPS
        return not self.custom and items(field, one) is not None and items(field, other) is not None

    def leaves(self, value: Any, path: Path = (), field: str = "") -> Iterator[tuple[Path, Any]]:
        children = self.fields(field, value)
        if children is None:
            if path:
                yield path, value
            return
        for step, child in children.items():
            yield from self.leaves(child, (*path, step), step if isinstance(step, str) else "")

    def find(self, tree: Any, path: Path) -> Any:
        field = ""
        for step in path:
            children = (
                items(field, tree) if isinstance(step, Item) else tree if isinstance(tree, dict) else None
            )
            if children is None or step not in children:
                return MISSING
            tree = children[step]
            field = step if isinstance(step, str) else ""
        return tree


def prefixes(paths: Iterable[Path]) -> set[Path]:
    """Every path and all its ancestors."""
    return {path[:length] for path in paths for length in range(1, len(path) + 1)}


def indexed(tree: Any, path: Path) -> tuple[str | int, ...]:
    """The path by places in `tree`, as people and provenance write it; it ends where `tree` does not go on."""
    out: list[str | int] = []
    field = ""
    for step in path:
        if isinstance(step, str):
            out.append(step)
            tree = tree.get(step) if isinstance(tree, dict) else None
            field = step
            continue
        known = items(field, tree) or {}
        if step not in known:
            break
        out.append(list(known).index(step))
        tree, field = known[step], ""
    return tuple(out)


def encode(path: Path) -> list[Any]:
    return [step if isinstance(step, str) else dict(step.keys) for step in path]


def decode(steps: Iterable[Any]) -> Path:
    return tuple(step if isinstance(step, str) else Item(tuple(step.items())) for step in steps)
