"""Changing an object that is written already, so that each field still knows the spec line it came from.

JSON merge patch (RFC 7396) and JSON patch (RFC 6902) on a tree whose nodes carry their lines: what is inserted into a
list moves the lines of what comes after it. Nothing is decided here about what may be changed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from trimtab.compiler.bundle import FieldPath, Manifest
from trimtab.spec.positions import SpecPath


class CannotPatch(Exception):
    """An operation that does not fit the object. The text says why; `index` is that of the operation."""

    def __init__(self, index: int, why: str) -> None:
        super().__init__(why)
        self.index = index


@dataclass(frozen=True, slots=True)
class Node:
    """A value, and the line that asked for it. Maps and lists hold nodes, and are changed in place."""

    value: Any
    said_by: SpecPath


def merged(manifest: Manifest, patch: Mapping[str, Any], at: SpecPath) -> Manifest:
    """Each field of the patch is said by its own line below `at`; null removes."""
    root = _grown(manifest.body, manifest.origin)
    return _felled(manifest, _merge(root, patch, at))


def operated(manifest: Manifest, operations: Sequence[Mapping[str, Any]], at: SpecPath) -> Manifest:
    """The operations one after the other, each on what the last one left. Raises CannotPatch."""
    root = _grown(manifest.body, manifest.origin)
    for index, operation in enumerate(operations):
        try:
            root = _operate(root, operation, (*at, index))
        except (LookupError, ValueError, TypeError) as error:
            raise CannotPatch(index, str(error.args[0]) if error.args else "it does not fit") from None
    return _felled(manifest, root)


def pointer(text: Any) -> tuple[str, ...]:
    """`/spec/containers/0` as its parts. Raises ValueError for what is no pointer."""
    if not isinstance(text, str) or (text and not text.startswith("/")):
        raise ValueError(f"`{text}` is no path: one begins with /")
    return tuple(part.replace("~1", "/").replace("~0", "~") for part in text.split("/")[1:])


def _grown(value: Any, origin: Callable[[FieldPath], SpecPath], place: FieldPath = ()) -> Node:
    said_by = origin(place)
    if isinstance(value, Mapping):
        return Node({key: _grown(item, origin, (*place, key)) for key, item in value.items()}, said_by)
    if isinstance(value, list | tuple):
        return Node([_grown(item, origin, (*place, index)) for index, item in enumerate(value)], said_by)
    return Node(value, said_by)


def _given(value: Any, at: SpecPath) -> Node:
    """A value of a patch: what is inside it has lines of its own."""
    return _grown(value, lambda place: (*at, *place))


def _felled(manifest: Manifest, root: Node) -> Manifest:
    provenance: dict[FieldPath, SpecPath] = {}
    body = _flat(root, (), None, provenance)
    return replace(manifest, body=body, provenance=provenance)


def _flat(node: Node, place: FieldPath, above: SpecPath | None, lines: dict[FieldPath, SpecPath]) -> Any:
    if node.said_by != above:
        lines[place] = node.said_by
    if isinstance(node.value, dict):
        return {key: _flat(item, (*place, key), node.said_by, lines) for key, item in node.value.items()}
    if isinstance(node.value, list):
        return [_flat(item, (*place, i), node.said_by, lines) for i, item in enumerate(node.value)]
    return node.value


def _merge(target: Node, patch: Any, at: SpecPath) -> Node:
    if not isinstance(patch, Mapping):
        return _given(patch, at)
    kept = target if isinstance(target.value, dict) else Node({}, at)
    for key, item in patch.items():
        if item is None:
            kept.value.pop(key, None)
        else:
            kept.value[key] = _merge(kept.value.get(key, Node(None, at)), item, (*at, key))
    return kept


def _operate(root: Node, operation: Mapping[str, Any], at: SpecPath) -> Node:
    name, path = operation.get("op"), pointer(operation.get("path"))
    match name:
        case "add":
            return _add(root, path, _given(_value(operation), (*at, "value")))
        case "remove":
            _take(root, path)
        case "replace":
            _find(root, path)
            return _put(root, path, _given(_value(operation), (*at, "value")))
        case "move":
            return _add(root, path, _said(_take(root, pointer(operation.get("from"))), at))
        case "copy":
            return _add(root, path, _said(_find(root, pointer(operation.get("from"))), at))
        case "test":
            if _flat(_find(root, path), (), None, {}) != _value(operation):
                raise ValueError(f"what is at `{operation['path']}` is something else")
        case _:
            raise ValueError(f"`{name}` is none of add, remove, replace, move, copy and test")
    return root


def _value(operation: Mapping[str, Any]) -> Any:
    if "value" not in operation:
        raise ValueError(f"`{operation.get('op')}` needs a `value`")
    return operation["value"]


def _said(node: Node, at: SpecPath) -> Node:
    """The same value, all of it said by the operation that brought it there."""
    return _grown(_flat(node, (), None, {}), lambda _: at)


def _find(root: Node, path: Sequence[str]) -> Node:
    for depth, part in enumerate(path):
        root = root.value[_key(root, part, path[: depth + 1])]
    return root


def _key(holder: Node, part: str, path: Sequence[str]) -> Any:
    """The key of an item that is there."""
    written = "/" + "/".join(path)
    if isinstance(holder.value, dict) and part in holder.value:
        return part
    if isinstance(holder.value, list) and part.isdecimal() and int(part) < len(holder.value):
        return int(part)
    raise LookupError(f"there is nothing at `{written}`")


def _take(root: Node, path: Sequence[str]) -> Node:
    if not path:
        raise ValueError("the whole object can't be removed")
    holder = _find(root, path[:-1])
    taken: Node = holder.value.pop(_key(holder, path[-1], path))
    return taken


def _put(root: Node, path: Sequence[str], node: Node) -> Node:
    if not path:
        return node
    holder = _find(root, path[:-1])
    holder.value[_key(holder, path[-1], path)] = node
    return root


def _add(root: Node, path: Sequence[str], node: Node) -> Node:
    if not path:
        return node
    holder = _find(root, path[:-1])
    if isinstance(holder.value, dict):
        holder.value[path[-1]] = node
    elif isinstance(holder.value, list):
        holder.value.insert(_place(holder.value, path), node)
    else:
        raise LookupError(f"there is nothing at `/{'/'.join(path[:-1])}` to add to")
    return root


def _place(items: Sequence[Node], path: Sequence[str]) -> int:
    if path[-1] == "-":
        return len(items)
    if path[-1].isdecimal() and int(path[-1]) <= len(items):
        return int(path[-1])
    raise LookupError(f"`{path[-1]}` is no place in a list of {len(items)}")
