"""The fields that a CustomResourceDefinition never lets change: its CEL rules that say `self == oldSelf`. Pure.

Rules that compare in other words, or below lists and maps, are left to the API server: none is guessed at.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

_WHOLE = re.compile(r"self\s*==\s*oldSelf|oldSelf\s*==\s*self")
_PART = re.compile(r"self\.([\w.]+)\s*==\s*oldSelf\.([\w.]+)|oldSelf\.([\w.]+)\s*==\s*self\.([\w.]+)")


def fixed_fields(schema: Mapping[str, Any]) -> tuple[str, ...]:
    """As dotted paths, the outermost alone, sorted."""
    found = sorted(set(_fixed(schema, ())))
    return tuple(".".join(path) for path in found if not any(path[:n] in found for n in range(1, len(path))))


def _fixed(schema: Mapping[str, Any], path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    for each in schema.get("x-kubernetes-validations") or ():
        rule = each.get("rule", "").strip()
        if _WHOLE.fullmatch(rule):
            yield path
        elif match := _PART.fullmatch(rule):
            mine, other = (part for part in match.groups() if part is not None)
            if mine == other:
                yield (*path, *mine.split("."))
    for name, inner in (schema.get("properties") or {}).items():
        yield from _fixed(inner, (*path, name))
