"""The curve of a run that has not ended, from the lines its workload writes for machines."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

PREFIX = "::trimtab "
"""Begins a line that `trimtab.runtime` writes for machines; the rest of it is one JSON object."""

POSITIONS = frozenset({"epoch", "step", "of"})
MOST_POINTS = 512


@dataclass(slots=True)
class Curve:
    """How far a run has come: `stage` reads `epoch 3 of 12`."""

    stage: str = ""
    history: dict[str, tuple[float, ...]] = field(default_factory=dict)

    def take(self, values: Mapping[str, Any]) -> None:
        self.stage = _stage(values) or self.stage
        for name, value in values.items():
            if name not in POSITIONS and _is_number(value):
                self.history[name] = (*self.history.get(name, ())[-MOST_POINTS:], float(value))


def spoken(line: str) -> dict[str, Any] | None:
    """What a line for machines says; None for any other line. Containers write these, so nothing is trusted."""
    if not line.startswith(PREFIX):
        return None
    try:
        values = json.loads(line.removeprefix(PREFIX))
    except (ValueError, RecursionError):
        return None
    return values if isinstance(values, dict) else None


def _stage(values: Mapping[str, Any]) -> str:
    name = next((n for n in ("epoch", "step") if _is_number(values.get(n))), "")
    of = f" of {values['of']}" if _is_number(values.get("of")) else ""
    return f"{name} {values[name]}{of}" if name else ""


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
