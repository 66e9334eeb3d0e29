"""Reading a workload's last words: hostile JSON in, a typed value or one sentence out.

The words come from a container that anybody may have written; nothing here trusts their shape or size.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

LIMIT = 4096
"""Bytes of a termination message that Kubernetes keeps."""
POINTS, PROBLEMS = 64, 50
"""Of each metric's history, and of what a workload complains of, this many are kept."""


@dataclass(frozen=True, slots=True)
class Words:
    """What a workload said at its end; see docs/architecture.md. NaN and infinities are read as None."""

    found: bool = True
    metrics: Mapping[str, float | None] = field(default_factory=dict)
    artifact: str = ""
    outputs: Mapping[str, str] = field(default_factory=dict)
    restarts: int = 0
    history: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    problems: tuple[str, ...] = ()


def parse(text: str) -> Words | str:
    """The words, or a sentence that says why there are none."""
    if not text.strip():
        return "it ended without last words"
    line = text.strip().splitlines()[-1]
    if len(line) > LIMIT:
        return f"its last words are longer than {LIMIT} bytes"
    try:
        data = json.loads(line)
    except (ValueError, RecursionError):
        return "its last words are not JSON"
    if not isinstance(data, dict) or data.get("v") != 1:
        return 'its last words are not of version 1: {"v": 1, "metrics": {...}}'
    return Words(
        found=data.get("found", True) is True,
        metrics={name: _number(value) for name, value in _mapping(data, "metrics").items()},
        artifact=_digest(data.get("artifact")),
        outputs={name: _digest(value) for name, value in _mapping(data, "outputs").items()},
        restarts=_count(data.get("restarts")),
        history={name: _points(values) for name, values in _mapping(data, "history").items()},
        problems=tuple(str(p)[:500] for p in _list(data.get("problems"))[:PROBLEMS]),
    )


def _mapping(data: Mapping[str, Any], name: str) -> dict[str, Any]:
    value = data.get(name)
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return float(value)


def _points(values: object) -> tuple[float, ...]:
    numbers = (_number(value) for value in _list(values)[:POINTS])
    return tuple(n for n in numbers if n is not None)


def _digest(value: object) -> str:
    digest = value.get("digest") if isinstance(value, dict) else None
    return digest if isinstance(digest, str) else ""


def _count(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**6 else 0
