"""Our own fields of an object, as its managedFields name them, in one digest: what drift is measured by.

The digest covers which fields are ours, their values as the server shows them, and the order of our list items. It
is compared with another digest of the same object only, never with what a spec asks for: so defaulting, quantities
and webhooks cause no false alarm. Where managedFields can't be understood, more is digested rather than less: that
costs an apply that changes nothing, and never a change that nobody sees.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import msgspec

from trimtab.reconciler.kubernetes.queued import stands_in_queue, without_the_queues

Fields = Mapping[str, Any]
"""A tree of managedFields (fieldsV1): `f:` names a field, `k:` a list item by its keys, `v:` one by its value, `i:`
one by its place; `.` says that the thing itself is owned, beside what is in it."""

SERVER_OWN = frozenset(
    {"managedFields", "resourceVersion", "generation", "uid", "creationTimestamp", "selfLink"}
)

_encode = msgspec.json.Encoder(order="deterministic").encode
_decode = msgspec.json.Decoder().decode

_OF_LISTS = frozenset({"k:", "v:", "i:"})
_MISSING = ["missing"]
_PRESENT = ["present"]


def own_digest(body: Mapping[str, Any], manager: str) -> str:
    """32 hex digits; empty when no field of the object is owned by `manager` through apply."""
    entries = body["metadata"].get("managedFields") or ()
    mine = _own_entry(body, manager)
    if mine is None or not mine.get("fieldsV1"):
        return ""
    if mine.get("fieldsType", "FieldsV1") != "FieldsV1" or mine.get("apiVersion") != body.get("apiVersion"):
        content: Any = ["everything", mine.get("apiVersion"), mine["fieldsV1"], _everything(body)]
    else:
        others = [entry.get("fieldsV1") or {} for entry in entries if entry is not mine]
        own = without_the_queues(mine["fieldsV1"]) if stands_in_queue(body) else mine["fieldsV1"]
        content = projection(own, body, others)
    return hashlib.blake2b(_encode(content), digest_size=16).hexdigest()


def own_tree(body: Mapping[str, Any], manager: str) -> Fields:
    """The fields that `manager` owns through apply; empty where there are none."""
    mine = _own_entry(body, manager)
    return (mine or {}).get("fieldsV1") or {}


def _own_entry(body: Mapping[str, Any], manager: str) -> Mapping[str, Any] | None:
    entries = body["metadata"].get("managedFields") or ()
    return next((entry for entry in entries if _is_own(entry, manager)), None)


def is_own(manager: str, named: str | None, operation: str | None, subresource: str | None) -> bool:
    """Whether an entry of managedFields stands for what `manager` applied: the object itself, not a subresource."""
    return named == manager and operation == "Apply" and not subresource


def is_written(manager: str, named: str | None, subresource: str | None) -> bool:
    """Whether an entry stands for anything that `manager` wrote of the object itself, by whatever operation."""
    return named == manager and not subresource


def _is_own(entry: Mapping[str, Any], manager: str) -> bool:
    return is_own(manager, entry.get("manager"), entry.get("operation"), entry.get("subresource"))


def projection(fields: Fields, value: Any, others: Sequence[Fields] = ()) -> Any:
    """What `fields` name of `value`, with the names. `others` are the fields of everybody else."""
    return _project(fields, value, None, others)


Trail = tuple[Any, str] | None
"""The way from the root: what is above, and the last step. What others own there is looked up only where it matters."""


def _project(fields: Fields, value: Any, trail: Trail, others: Sequence[Fields]) -> Any:
    if not fields:
        return _whole(value, trail, others)
    told: dict[str, Any] = {".": type(value).__name__} if "." in fields else {}
    found: _Items | None = None
    for name, below in fields.items():
        sort = name[:2]
        if sort == "f:":
            inner = value.get(name[2:], _MISSING) if isinstance(value, dict) else _MISSING
            told[name] = _MISSING if inner is _MISSING else _project(below, inner, (trail, name), others)
        elif name != ".":
            if found is None and sort in _OF_LISTS and isinstance(value, list):
                found = _Items(value, [each for each in fields if each[:2] in _OF_LISTS])
                told[""] = found.order
            items = found.named(name) if found is not None else []
            told[name] = (
                [_project(below, item, (trail, name), others) for item in items]
                if items
                else [*_MISSING, value]
            )
    return told


def _whole(value: Any, trail: Trail, others: Sequence[Fields]) -> Any:
    """A leaf. An empty map that is ours (`emptyDir: {}`) is a leaf too, and what others put into it is theirs: that they
    own something inside shows that it is not one of the maps that have a single owner."""
    is_struct = isinstance(value, dict | list) and (not value or _is_shared(trail, others))
    return [*_PRESENT, type(value).__name__] if is_struct else ["is", value]


def _is_shared(trail: Trail, others: Sequence[Fields]) -> bool:
    return any(tree.keys() - {"."} for tree in _owned_at(trail, others))


def _owned_at(trail: Trail, others: Sequence[Fields]) -> Sequence[Fields]:
    if trail is None:
        return others
    above, name = trail
    return [tree[name] for tree in _owned_at(above, others) if name in tree]


class _Items:
    """The items of a list that are ours, and the order in which they stand."""

    def __init__(self, values: Sequence[Any], names: Iterable[str]) -> None:
        self._values = values
        self._by_name: dict[str, list[int]] = {}
        shapes: dict[tuple[str, ...], dict[bytes, str]] = {}
        for name in names:
            parsed = _parsed(name)
            if parsed.place is not None:
                self._by_name[name] = [parsed.place] if parsed.place < len(values) else []
            else:
                shapes.setdefault(parsed.keys, {})[parsed.identity] = name
                self._by_name[name] = []
        for keys, wanted in shapes.items():
            for place, value in enumerate(values):
                name_here = wanted.get(_identity(keys, value))
                if name_here is not None:
                    self._by_name[name_here].append(place)
        places = sorted((place, name) for name, all_of in self._by_name.items() for place in all_of)
        self.order = [name for _, name in places]

    def named(self, name: str) -> list[Any]:
        """All that go by this name: keys are not always unique."""
        return [self._values[place] for place in self._by_name.get(name, ())]


class _Name(NamedTuple):
    """A parsed `k:`, `v:` or `i:`. `keys` is empty for an item that is named by its value."""

    keys: tuple[str, ...] = ()
    identity: bytes = b""
    place: int | None = None


@lru_cache(4096)
def _parsed(name: str) -> _Name:
    content = name[2:]
    if name[0] == "i" and content.isdecimal():
        return _Name(place=int(content))
    try:
        value = _decode(content)
    except msgspec.DecodeError:
        return _Name()
    keys = tuple(sorted(value)) if name[0] == "k" and isinstance(value, dict) else ()
    return _Name(keys, _identity(keys, value))


def _identity(keys: tuple[str, ...], value: Any) -> bytes:
    if not keys:
        return _encode([value])
    return _encode([value.get(key) for key in keys]) if isinstance(value, dict) else b""


def _everything(body: Mapping[str, Any]) -> dict[str, Any]:
    metadata = {name: value for name, value in body["metadata"].items() if name not in SERVER_OWN}
    return {**{name: value for name, value in body.items() if name != "status"}, "metadata": metadata}
