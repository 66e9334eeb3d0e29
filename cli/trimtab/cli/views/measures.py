"""A run's metrics as short texts: with a sparkline where the run told how they came about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from trimtab.cli.views.numbers import number
from trimtab.cli.views.sparkline import sparkline

SHOWN = 3
"""More measures than this make a line that nobody reads; `trimtab runs NAME` has them all."""


def measures(
    metrics: Mapping[str, float | None], history: Mapping[str, Sequence[float]], shown: int | None = SHOWN
) -> tuple[str, ...]:
    """`loss █▅▂▁ 2.3 → 0.04`, then the numbers that have no history: `accuracy 0.983`."""
    curves = [_curve(name, points) for name, points in history.items() if points]
    plain = [_plain(name, value) for name, value in metrics.items() if not history.get(name)]
    return tuple([*curves, *plain][:shown])


def _curve(name: str, points: Sequence[float]) -> str:
    if len(points) == 1:
        return f"{name} {number(points[0])}"
    return f"{name} {sparkline(points)} {number(points[0])} → {number(points[-1])}"


def _plain(name: str, value: float | None) -> str:
    return f"{name} {'NaN' if value is None else number(value)}"
