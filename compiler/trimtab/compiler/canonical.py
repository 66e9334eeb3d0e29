"""One text for one value: canonical JSON, and the digests taken over it.

As RFC 8785, save for two choices: a float keeps its point (`1.0` is not `1`, for a script may tell them apart) and
keys sort by code point. What JSON cannot say (NaN, sets, objects of ours) raises; nothing is guessed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any

from trimtab.compiler.bundle import Late


def canonical(value: Any) -> bytes:
    """The same bytes for equal values, on any machine, hash seed and Python version."""
    return _text(value, _plain)


def canonical_json(value: Any) -> bytes:
    """The same of JSON values, and of nothing else: a slot raises TypeError."""
    return _text(value, None)


def _text(value: Any, plain: Callable[[Any], Any] | None) -> bytes:
    text = json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False, default=plain
    )
    return text.encode("utf-8", "surrogatepass")


def digest(value: Any) -> str:
    return digest_bytes(canonical(value))


def digest_bytes(data: bytes) -> str:
    return "sha256:" + hashlib.sha256(data).hexdigest()


def short(full: str, length: int) -> str:
    """The first `length` hex digits of a digest, for names."""
    return full.removeprefix("sha256:")[:length]


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, Late):
        return {"$late": [part if isinstance(part, str) else list(part) for part in value.parts]}
    raise TypeError(f"{type(value).__name__} has no canonical form")
