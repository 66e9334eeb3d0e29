"""One text for one value: canonical JSON, and the digests taken over it.

As RFC 8785, save for two choices: a float keeps its point (`1.0` is not `1`, for a script may tell them apart) and
keys sort by code point. What JSON cannot say (NaN, sets, objects of ours) raises; nothing is guessed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from trimtab.compiler.bundle import Late


def canonical(value: Any) -> bytes:
    """The same bytes for equal values, on any machine, hash seed and Python version."""
    text = json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False, default=_plain
    )
    return text.encode("utf-8", "surrogatepass")


def digest(value: Any) -> str:
    return digest_bytes(canonical(value))


def digest_bytes(data: bytes) -> str:
    return "sha256:" + hashlib.sha256(data).hexdigest()


def short(full: str, length: int) -> str:
    """The first `length` hex digits of a digest, for names."""
    return full.removeprefix("sha256:")[:length]


def as_json(value: Any) -> Any:
    """A tree of our own immutable values as JSON: fields by name, maps that texts don't key as sorted pairs."""
    kind = type(value)
    if kind is dict:  # most of what is asked about; the general case below costs five times as much
        return (
            {key: as_json(item) for key, item in value.items()}
            if _is_keyed_by_texts(value)
            else _pairs(value)
        )
    if kind is str or kind is int or kind is bool or kind is Late:
        return value
    if is_dataclass(value):
        return {field.name: as_json(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return as_json(dict(value))
    return [as_json(item) for item in value] if isinstance(value, list | tuple) else value


def _is_keyed_by_texts(value: Mapping[Any, Any]) -> bool:
    return all(isinstance(key, str) for key in value)


def _pairs(value: Mapping[Any, Any]) -> list[tuple[Any, Any]]:
    return sorted(((key, as_json(item)) for key, item in value.items()), key=_pair_order)


def _pair_order(pair: tuple[Any, Any]) -> bytes:
    return canonical(pair[0])


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, Late):
        return {"$late": [part if isinstance(part, str) else list(part) for part in value.parts]}
    raise TypeError(f"{type(value).__name__} has no canonical form")
