"""A run of numbers as a small plot of braille dots, its scale at the left. A character holds 2 by 4 dots."""

from __future__ import annotations

from collections.abc import Sequence

from trimtab.cli.views.numbers import number
from trimtab.cli.views.sparkline import resample, scaled

BLANK = 0x2800
DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))  # a character's dots by row, then column
DOTS_DOWN, DOTS_ACROSS = 4, 2


def plot(values: Sequence[float], width: int = 48, height: int = 6) -> list[str]:
    """`height` lines: the highest value beside the first, the lowest beside the last."""
    if not values:
        return []
    rows = _draw(_heights(values, width * DOTS_ACROSS, height * DOTS_DOWN), width, height)
    labels = [number(max(values)), *[""] * (height - 2), number(min(values))]
    gutter = max(map(len, labels))
    return [f"{label:>{gutter}} ┤{row}".rstrip() for label, row in zip(labels, rows, strict=True)]


def _heights(values: Sequence[float], across: int, down: int) -> list[int]:
    """One height for each column of dots; fewer values than columns are joined by straight lines."""
    points = resample(values, across)
    low, high = min(points), max(points)
    levels = [scaled(point, low, high) * (down - 1) for point in points]
    if len(levels) == 1:
        return [round(levels[0])] * across
    return [round(_between(levels, column * (len(levels) - 1) / (across - 1))) for column in range(across)]


def _between(levels: Sequence[float], position: float) -> float:
    left = min(int(position), len(levels) - 2)
    return levels[left] + (levels[left + 1] - levels[left]) * (position - left)


def _draw(heights: Sequence[int], width: int, height: int) -> list[str]:
    cells = [[BLANK] * width for _ in range(height)]
    previous = heights[0]
    for column, level in enumerate(heights):
        # A steep stretch is drawn whole, or it would fall apart into single dots.
        step = 1 if level >= previous else -1
        for filled in range(previous + step if level != previous else level, level + step, step):
            row, dot = divmod(height * DOTS_DOWN - 1 - filled, DOTS_DOWN)
            cells[row][column // DOTS_ACROSS] |= DOTS[dot][column % DOTS_ACROSS]
        previous = level
    return ["".join(map(chr, row)) for row in cells]
