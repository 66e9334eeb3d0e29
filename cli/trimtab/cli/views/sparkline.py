"""A run of numbers as one line of text. It shows the shape; the caller prints first and last beside it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

BLOCKS = "▁▂▃▄▅▆▇█"


def sparkline(values: Sequence[float], width: int = 16) -> str:
    """At most `width` characters; more values than that are averaged in equal stretches."""
    if not values:
        return ""
    points = resample(values, width)
    low, high = min(points), max(points)
    top = len(BLOCKS) - 1
    return "".join(BLOCKS[round(scaled(point, low, high) * top)] for point in points)


def scaled(value: float, low: float, high: float) -> float:
    """Where `value` lies between `low` and `high`, from 0 to 1; a flat line lies in the middle."""
    return (value - low) / (high - low) if high > low else 0.5


def resample(values: Sequence[float], width: int) -> list[float]:
    """Never more than `width` values: each the mean of its stretch."""
    if len(values) <= width:
        return list(values)
    edges = [i * len(values) // width for i in range(width + 1)]
    return [sum(values[a:b]) / (b - a) for a, b in pairwise(edges)]
