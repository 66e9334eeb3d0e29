"""JSON lines between a client and the engine host: one message a line, requests and answers matched by number.

    client:  {"id": 1, "do": "apply", "body": {...}, "force": false}          {"id": 2, "do": "watch", "kinds": [...]}
    host:    {"id": 1, "is": "Observed", "value": {...}}                      {"id": 2, "event": "added", "value": {...}}

The first line of either side is a greeting with the format's number. Objects cross the door as `Observed`, never
with their managers.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any

from trimtab.compiler.bundle import Ref
from trimtab.reconciler.cluster import (
    AlreadyExists,
    Cause,
    ClusterInfo,
    Conflict,
    Happening,
    Health,
    Observed,
    Rejected,
    Stale,
)

FORMAT = 1
LINE_LIMIT = 64 * 1024 * 1024
"""More than any object: a ConfigMap holds a code tree of 900 KiB at most."""

Message = dict[str, Any]


def line(message: Mapping[str, Any]) -> bytes:
    return json.dumps(message, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"


def encode(value: Any) -> Message:
    """An answer as `{"is": <type>, "value": ...}`."""
    if value is None or isinstance(value, dict | str):
        return {"is": "plain", "value": value}
    if isinstance(value, list):
        return {"is": "list", "value": [encode(item) for item in value]}
    return {"is": type(value).__name__, "value": _ENCODERS.get(type(value), _fields)(value)}


def decode(message: Message) -> Any:
    return _DECODERS[message["is"]](message["value"])


def _fields(value: Any) -> Any:
    return (
        list(value) if isinstance(value, tuple) else {f.name: getattr(value, f.name) for f in fields(value)}
    )


def _encode_observed(observed: Observed) -> Message:
    return {**_fields(observed), "health": _fields(observed.health)}


def _decode_observed(value: Message) -> Observed:
    return Observed(**{**value, "ref": Ref(*value["ref"]), "health": Health(**value["health"])})


def _decode_conflict(value: Message) -> Conflict:
    return Conflict(value["manager"], tuple(tuple(path) for path in value["paths"]))


def _decode_rejected(value: Message) -> Rejected:
    return Rejected(value["message"], tuple(Cause(tuple(path), message) for path, message in value["causes"]))


def _decode_info(value: list[Any]) -> ClusterInfo:
    uid, engine, kinds, unenforced = value
    return ClusterInfo(uid, engine, tuple(tuple(kind) for kind in kinds), tuple(unenforced))


_ENCODERS: Mapping[type, Callable[[Any], Any]] = {Observed: _encode_observed}
_DECODERS: Mapping[str, Callable[[Any], Any]] = {
    "plain": lambda value: value,
    "list": lambda value: [decode(item) for item in value],
    "Observed": _decode_observed,
    "Conflict": _decode_conflict,
    "Rejected": _decode_rejected,
    "AlreadyExists": lambda value: AlreadyExists(Ref(*value["ref"])),
    "Stale": lambda value: Stale(Ref(*value["ref"])),
    "ClusterInfo": _decode_info,
    "Happening": lambda value: Happening(Ref(*value[0]), *value[1:]),
}
