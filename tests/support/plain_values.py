"""Our own immutable values as JSON, for files that people read: fields by name, maps that texts don't key as pairs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from trimtab.compiler.bundle import Late
from trimtab.compiler.canonical import canonical


def plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        pairs = [(key, plain(item)) for key, item in value.items()]
        is_keyed_by_texts = all(isinstance(key, str) for key, _ in pairs)
        return dict(pairs) if is_keyed_by_texts else sorted(pairs, key=lambda pair: canonical(pair[0]))
    if is_dataclass(value) and not isinstance(value, Late):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    return [plain(item) for item in value] if isinstance(value, list | tuple) else value
