"""Last words: the one line of JSON that a workload leaves as its termination message.

Kubernetes keeps 4,096 bytes of it, so what is too long is dropped in a fixed order: points of the history, then
problems, then metrics beyond the first. Digests are never dropped, and a number that decides is never rounded.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from trimtab.runtime import atomic
from trimtab.runtime.complaint import Complaint

LIMIT = 4096
POINTS = 24
"""Points of a history that are kept: as many as a plot in a terminal shows."""

_PROBLEM_LENGTH = 200

Words = dict[str, Any]


def compose(
    *,
    metrics: Mapping[str, object] | None = None,
    artifact: Mapping[str, object] | None = None,
    outputs: Mapping[str, Mapping[str, object]] | None = None,
    restarts: int = 0,
    resumed: int | None = None,
    history: Mapping[str, Sequence[float]] | None = None,
    problems: Sequence[str] = (),
) -> Words:
    """Everything there is to say, whole; parts that say nothing are left out."""
    curves = {name: thinned(points, POINTS) for name, points in (history or {}).items() if points}
    parts = {
        "metrics": {name: number(value, name) for name, value in (metrics or {}).items()},
        "artifact": dict(artifact or {}),
        "outputs": {name: dict(value) for name, value in (outputs or {}).items()},
        "restarts": restarts or None,
        "resumed": resumed,
        "history": curves,
        "problems": list(problems),
    }
    return {"v": 1, **{name: part for name, part in parts.items() if part not in (None, {}, [])}}


def number(value: object, name: str) -> float | int | None:
    """A plain number from Python's, numpy's or torch's; None for NaN and infinities, which JSON can't say."""
    if hasattr(value, "item"):
        value = value.item()
    if not isinstance(value, int | float):
        raise Complaint(f"the metric {name} is {value!r}, but should be a number")
    value = int(value) if isinstance(value, bool) else value
    return value if math.isfinite(value) else None


def thinned(points: Sequence[float], most: int) -> list[float]:
    """At most `most` evenly spread points, the first and the last among them, to 4 significant digits."""
    finite = [short for point in points if math.isfinite(short := float(f"{point:.4g}"))]
    if len(finite) <= most:
        return finite
    last = len(finite) - 1
    return [finite[round(i * last / (most - 1))] for i in range(most)]


def fitted(words: Words) -> bytes:
    """The words as one line within the limit."""
    for shorter in _ever_shorter(words):
        line = json.dumps(shorter, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()
        if len(line) <= LIMIT:
            return line
    raise Complaint(f"the last words don't fit into {LIMIT} bytes: this run writes too many datasets")


def leave(words: Words, log: Path) -> None:
    """Written atomically where that is possible. On Kubernetes the file is a mount, which can't be replaced."""
    line = fitted(words)
    try:
        atomic.write(log, line)
    except OSError:
        log.write_bytes(line)


def _ever_shorter(words: Words) -> Iterator[Words]:
    yield words
    steps: tuple[Callable[[Words], Words], ...] = (
        lambda w: _with_points(w, 12),
        lambda w: _with_points(w, 6),
        lambda w: _without(w, "history"),
        lambda w: _with_problems(w, 10),
        lambda w: _with_problems(w, 3),
        lambda w: _with_metrics(w, 32),
        lambda w: _with_metrics(w, 8),
        lambda w: _without(w, "problems"),
    )
    for step in steps:
        words = step(words)
        yield words


def _without(words: Words, name: str) -> Words:
    return {key: value for key, value in words.items() if key != name}


def _with_points(words: Words, most: int) -> Words:
    if "history" not in words:
        return words
    return {**words, "history": {name: thinned(points, most) for name, points in words["history"].items()}}


def _with_problems(words: Words, most: int) -> Words:
    problems = words.get("problems", [])
    if not problems:
        return words
    kept = [problem[:_PROBLEM_LENGTH] for problem in problems[:most]]
    more = len(problems) - len(kept)
    return {**words, "problems": [*kept, f"and {more} more"] if more else kept}


def _with_metrics(words: Words, most: int) -> Words:
    if "metrics" not in words:
        return words
    return {**words, "metrics": dict(list(words["metrics"].items())[:most])}
