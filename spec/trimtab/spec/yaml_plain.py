"""Reads plain, sound YAML into values, and nothing else of it: no positions, no findings.

Nearly every spec is such a text, and needs no more. Whatever is out of the ordinary, from an anchor to a slip, makes it
give up, and `Builder` reads the text from its start. A property test holds the two together.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from trimtab.spec.yaml_builder import MAX_DEPTH, MAX_NODES
from trimtab.spec.yaml_events import (
    DocumentEndEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    StreamEndEvent,
    YAMLError,
    yaml_events,
)
from trimtab.spec.yaml_scalars import Trap, read_otherwise_by_yaml11, resolve_plain
from trimtab.spec.yaml_text import invisible_character

MOST_KEPT = 20_000
"""Scalars whose value is remembered: specs of one repository say the same things."""

_values: dict[str, Any] = {}
_keys: set[str] = set()


class _OutOfTheOrdinary(Exception):
    """Something that takes positions, or words, to deal with."""


def plain_tree(text: str) -> dict[str, Any] | None:
    """The document's tree, exactly as `Builder` makes it; None where that would take more than reading plain values."""
    if invisible_character(text):
        return None
    try:
        tree = _document(yaml_events(text))
    except (_OutOfTheOrdinary, YAMLError):
        return None
    # A node takes a character at least, so only a longer text can have too many of them.
    return tree if len(text) <= MAX_NODES or _nodes(tree) <= MAX_NODES else None


def _document(get: Callable[[], Any]) -> dict[str, Any]:
    get()
    start = get()
    root = None if type(start) is StreamEndEvent or start.explicit else get()
    if type(root) is not MappingStartEvent or root.anchor is not None or root.tag is not None:
        raise _OutOfTheOrdinary
    tree = _mapping(get, 0)
    if type(get()) is not DocumentEndEvent or type(get()) is not StreamEndEvent:
        raise _OutOfTheOrdinary
    return tree


def _mapping(get: Callable[[], Any], depth: int) -> dict[str, Any]:
    made: dict[str, Any] = {}
    while type(event := get()) is not MappingEndEvent:
        if type(event) is not ScalarEvent or event.anchor is not None or event.tag is not None:
            raise _OutOfTheOrdinary
        key = event.value
        if key in made or (key not in _keys and not event.style and not _is_sound_key(key)):
            raise _OutOfTheOrdinary
        made[key] = _value(get, get(), depth + 1)
    return made


def _sequence(get: Callable[[], Any], depth: int) -> list[Any]:
    made = []
    while type(event := get()) is not SequenceEndEvent:
        made.append(_value(get, event, depth + 1))
    return made


def _value(get: Callable[[], Any], event: Any, depth: int) -> Any:
    kind = type(event)
    if event.anchor is not None or event.tag is not None:
        raise _OutOfTheOrdinary
    if kind is ScalarEvent:
        text = event.value
        if event.style:
            return text
        return _values[text] if text in _values else _plain(text)
    if depth >= MAX_DEPTH:
        raise _OutOfTheOrdinary
    return _mapping(get, depth) if kind is MappingStartEvent else _sequence(get, depth)


def _plain(text: str) -> Any:
    value = resolve_plain(text)
    if isinstance(value, Trap) or (isinstance(value, str) and read_otherwise_by_yaml11(value) is not None):
        raise _OutOfTheOrdinary
    if len(_values) < MOST_KEPT:
        _values[text] = value
    return value


def _nodes(value: Any) -> int:
    if type(value) is dict:
        return 1 + sum(map(_nodes, value.values()))
    return 1 + sum(map(_nodes, value)) if type(value) is list else 1


def _is_sound_key(key: str) -> bool:
    sound = key != "<<" and isinstance(resolve_plain(key), str) and read_otherwise_by_yaml11(key) is None
    if sound and len(_keys) < MOST_KEPT:
        _keys.add(key)
    return sound
