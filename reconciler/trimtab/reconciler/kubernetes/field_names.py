"""The text by which an API server names a field -> the path of that field in the object that was sent.

There are two dialects: `spec.containers[1].image` in validation, `.spec.containers[name="main"].image` in conflicts. Both
leave dots in keys unquoted, so a name is read beside the object. What leads out of the object ends at the last part that
is in it, or goes on as it is written: a finding at a line nearby is better than none.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from trimtab.compiler.bundle import FieldPath

_PLAIN = re.compile(r"[^.\[]+")
_BRACKETS = re.compile(r'\[((?:"(?:[^"\\]|\\.)*"|[^\]"])*)\]')
_PAIR = re.compile(r'\s*([^=,]*)=("(?:[^"\\]|\\.)*"|[^,]*)')

# What the API server fills in before it compares list items by these keys.
_DEFAULTS = {"protocol": "TCP"}


def field_path(text: str, body: Any) -> FieldPath:
    """Empty for the object as a whole."""
    path: list[str | int] = []
    rest, here = text, body
    while rest := rest.lstrip("."):
        if rest[0] == "[":
            match = _BRACKETS.match(rest)
            if match is None:
                break
            part, rest = _bracketed(match[1], here), rest[match.end() :]
            if part is None:
                break
        else:
            part = _name(rest, here)
            rest = rest[len(part) :]
        path.append(part)
        here = _step(here, part)
    return tuple(path)


def _name(rest: str, here: Any) -> str:
    """The longest key that is there; a key may hold dots and brackets."""
    keys = here if isinstance(here, Mapping) else ()
    known = [key for key in keys if rest.startswith(key) and rest[len(key) : len(key) + 1] in ("", ".", "[")]
    match = _PLAIN.match(rest)
    return max(known, key=len) if known else match[0] if match else rest


def _bracketed(inside: str, here: Any) -> str | int | None:
    if not inside:
        return None
    if isinstance(here, Mapping):
        return str(_unquoted(inside)) if inside.startswith('"') else inside
    if inside.isdecimal():
        return int(inside)
    items = here if isinstance(here, list) else []
    wanted = {key: _unquoted(value) for key, value in _PAIR.findall(inside)}
    return next((place for place, item in enumerate(items) if _is(item, wanted)), None)


def _is(item: Any, wanted: Mapping[str, Any]) -> bool:
    if "" in wanted:  # a set's item goes by its value: [="x"]
        return bool(item == wanted[""])
    return isinstance(item, Mapping) and all(
        item.get(key, _DEFAULTS.get(key)) == value for key, value in wanted.items()
    )


def _unquoted(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _step(here: Any, part: str | int) -> Any:
    if isinstance(here, Mapping):
        return here.get(str(part))
    if isinstance(here, list) and isinstance(part, int) and part < len(here):
        return here[part]
    return None
