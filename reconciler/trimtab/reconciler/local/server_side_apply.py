"""Server-side apply, as pure functions on objects and the sets of fields that their managers own.

Apply merges what a manager wants into what is there, takes away what that manager wanted before and wants no longer,
and refuses to touch a field of somebody else unless forced. A plain replacement moves the ownership of all that it
changes to whoever wrote it. Status has no managers here: a status is written whole, by its controller.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple

from trimtab.reconciler.cluster import Conflict
from trimtab.reconciler.local.field_paths import (
    MISSING,
    Item,
    Path,
    Shape,
    canonical,
    encode,
    indexed,
    items,
    prefixes,
    same,
)

Tree = dict[str, Any]

NOT_MANAGED = frozenset({"apiVersion", "kind", "status"})
"""Of the object as a whole: they name it, or belong to its controller."""

IDENTITY = frozenset(
    {
        "name",
        "namespace",
        "uid",
        "resourceVersion",
        "generation",
        "creationTimestamp",
        "deletionTimestamp",
        "deletionGracePeriodSeconds",
        "managedFields",
        "selfLink",
        "generateName",
    }
)
"""Of the metadata: written by the engine alone."""


class Operation(StrEnum):
    APPLY = "Apply"
    UPDATE = "Update"


class Manager(NamedTuple):
    name: str
    operation: Operation


Managers = Mapping[Manager, frozenset[Path]]


@dataclass(frozen=True, slots=True)
class Result:
    content: Tree
    managers: Managers


def managed(body: Mapping[str, Any]) -> Tree:
    """The part of an object whose fields have managers."""
    content = {key: value for key, value in body.items() if key not in NOT_MANAGED | {"metadata"}}
    metadata = {key: value for key, value in (body.get("metadata") or {}).items() if key not in IDENTITY}
    return {**content, "metadata": metadata} if metadata else content


def apply(
    live: Mapping[str, Any], managers: Managers, wanted: Mapping[str, Any], name: str, *, force: bool = False
) -> Result | Conflict:
    """`live` as it is once `name` has applied `wanted`. Applying the same again changes nothing."""
    shape, before, applied = Shape(wanted), managed(live), managed(wanted)
    me = Manager(name, Operation.APPLY)
    mine = frozenset(path for path, _ in shape.leaves(applied))
    others = {manager: paths for manager, paths in managers.items() if manager != me}
    merged = _merged(shape, "", before, applied)
    taken = {manager: _differing(shape, before, merged, paths) for manager, paths in others.items()}
    if not force and any(taken.values()):
        return _conflict(taken, wanted)
    kept = {manager: paths - taken[manager] for manager, paths in others.items()}
    dropped = managers.get(me, frozenset()) - mine
    content = _without(shape, merged, dropped, (mine, *kept.values()))
    return Result(content, _present({**kept, me: mine}))


def replace(live: Mapping[str, Any], managers: Managers, body: Mapping[str, Any], name: str) -> Result:
    """`body` stands for `live`; whatever differs is now owned by `name`, and no longer by anyone's apply."""
    shape, after = Shape(body), managed(body)
    old, new = dict(shape.leaves(managed(live))), dict(shape.leaves(after))
    changed = frozenset(path for path in old.keys() | new.keys() if not _equal_at(old, new, path))
    me = Manager(name, Operation.UPDATE)
    kept = {manager: paths - changed for manager, paths in managers.items()}
    return Result(after, _present({**kept, me: kept.get(me, frozenset()) | (changed & new.keys())}))


def own_digest(body: Mapping[str, Any], managers: Managers, name: str) -> str:
    """Names what `name` applied, as it stands now: the fields, their values, the order of list items. Empty when
    nothing is owned by apply."""
    mine = managers.get(Manager(name, Operation.APPLY))
    if not mine:
        return ""
    shape, content = Shape(body), managed(body)
    fields = sorted(canonical([encode(path), _plain(shape.find(content, path))]) for path in mine)
    order = sorted(_orders(shape, content, prefixes(mine)))
    return hashlib.sha256(canonical([fields, order]).encode()).hexdigest()[:32]


def _equal_at(old: Mapping[Path, Any], new: Mapping[Path, Any], path: Path) -> bool:
    return path in old and path in new and same(old[path], new[path])


def _present(managers: Managers) -> Managers:
    return {manager: paths for manager, paths in managers.items() if paths}


def _differing(shape: Shape, before: Tree, after: Tree, paths: Iterable[Path]) -> frozenset[Path]:
    return frozenset(path for path in paths if not same(shape.find(before, path), shape.find(after, path)))


def _conflict(taken: Mapping[Manager, frozenset[Path]], wanted: Mapping[str, Any]) -> Conflict:
    manager, paths = next((manager, paths) for manager, paths in sorted(taken.items()) if paths)
    return Conflict(manager.name, tuple(sorted({indexed(wanted, path) for path in paths}, key=canonical)))


def _merged(shape: Shape, field: str, live: Any, wanted: Any) -> Any:
    if not shape.mergeable(field, live, wanted):
        return wanted
    if isinstance(live, dict):
        return live | {key: _merged(shape, key, live.get(key), value) for key, value in wanted.items()}
    return _merged_list(shape, field, live, wanted)


def _merged_list(shape: Shape, field: str, live: list[Any], wanted: list[Any]) -> list[Any]:
    """Wanted items in the wanted order; items of others stay behind the item they stood behind."""
    old = shape.fields(field, live) or {}
    new = shape.fields(field, wanted) or {}
    order = list(new)
    previous: Any = None
    for item in old:
        if item not in new:
            order.insert(order.index(previous) + 1 if previous is not None else 0, item)
        previous = item
    return [
        _merged(shape, "", old[item], new[item])
        if item in old and item in new
        else (new if item in new else old)[item]
        for item in order
    ]


def _without(shape: Shape, tree: Tree, dropped: Iterable[Path], owned: Iterable[frozenset[Path]]) -> Tree:
    """`tree` less the dropped leaves that nobody owns, and less what they leave empty."""
    kept = prefixes(path for paths in owned for path in paths)
    gone = frozenset(path for path in dropped if path not in kept and not _names_kept_item(path, kept))
    left: Tree = _pruned(shape, "", tree, (), _Prune(gone, prefixes(gone) | {()}, kept))
    return left


def _names_kept_item(path: Path, kept: set[Path]) -> bool:
    """The key of a list item lives as long as anything in the item does."""
    item = path[-2] if len(path) > 1 else ""
    return isinstance(item, Item) and path[:-1] in kept and path[-1] in dict(item.keys)


class _Prune(NamedTuple):
    gone: frozenset[Path]
    touched: set[Path]
    kept: set[Path]


def _pruned(shape: Shape, field: str, tree: Any, path: Path, prune: _Prune) -> Any:
    children = shape.fields(field, tree)
    if children is None or path not in prune.touched:
        return tree
    left = {}
    for step, child in children.items():
        below = (*path, step)
        if below in prune.gone:
            continue
        after = _pruned(shape, step if isinstance(step, str) else "", child, below, prune)
        if after or after is child or below in prune.kept:
            left[step] = after
    return left if isinstance(tree, dict) else list(left.values())


def _orders(shape: Shape, content: Tree, owned: set[Path]) -> Iterator[str]:
    """The order of owned items in each list, as a text a list."""
    for path in {path[:-1] for path in owned if isinstance(path[-1], Item)}:
        field = path[-1] if path and isinstance(path[-1], str) else ""
        present = items(field, shape.find(content, path)) or {}
        yield canonical([encode(path), encode(tuple(item for item in present if (*path, item) in owned))])


def _plain(value: Any) -> Any:
    """A value in a digest; one that is gone differs from every value that can be."""
    return ["missing"] if value is MISSING else [value, ""]
