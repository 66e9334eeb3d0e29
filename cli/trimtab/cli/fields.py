"""Paths into an object, as people write them: `spec.template.spec.containers[0].image`, `metadata.labels["a/b"]`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from trimtab.cli.complaint import Complaint
from trimtab.compiler.bundle import FieldPath

_PART = re.compile(r"""\.?(?: \[ (?:"([^"]*)"|'([^']*)'|(\d+)) \] | ([^.\[\]"']+) )""", re.VERBOSE)


def parse(text: str) -> FieldPath:
    parts: list[str | int] = []
    position = 0
    while position < len(text):
        match = _PART.match(text, position)
        if match is None:
            rest = text[position:]
            raise Complaint(f"{text!r} is not a path of a field, from {rest!r} on", "write spec.a.b[0].c")
        double, single, index, name = match.groups()
        parts.append(int(index) if index else next(p for p in (double, single, name) if p is not None))
        position = match.end()
    return tuple(parts)


def show(path: FieldPath) -> str:
    """The inverse of `parse`."""
    parts = (f"[{p}]" if isinstance(p, int) else f'["{p}"]' if "." in p else f".{p}" for p in path)
    return "".join(parts).removeprefix(".")


def find(tree: Any, path: FieldPath) -> FieldPath | None:
    """The same path with its indexes as numbers; None where the object has no such field."""
    found: list[str | int] = []
    for part in path:
        if isinstance(tree, Mapping) and part in tree:
            found.append(part)
        elif isinstance(tree, Sequence) and not isinstance(tree, str) and str(part).isdigit():
            part = int(part)
            if part >= len(tree):
                return None
            found.append(part)
        else:
            return None
        tree = tree[part]
    return tuple(found)
