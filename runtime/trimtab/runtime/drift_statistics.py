"""How far two samples of one feature lie apart.

PSI, the population stability index: 0 for equal distributions, by custom above 0.1 a shift to look at, above 0.25 one
to act on. KS, the Kolmogorov-Smirnov statistic: the greatest distance between the two distribution functions.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

BINS = 10
_LEAST_SHARE = 1e-4
"""Stands for an empty bin, whose logarithm would be infinite."""


def psi(expected: Any, actual: Any) -> float:
    """Numbers are binned by the quantiles of `expected`, texts by their value. NaN has a bin of its own."""
    shares = zip(*_binned(np.asarray(expected), np.asarray(actual)), strict=True)
    return math.fsum((q - p) * math.log(q / p) for p, q in shares)


def ks(expected: Any, actual: Any) -> float:
    """0 to 1. For texts, whose order means nothing, the total variation distance instead."""
    p, q = np.asarray(expected), np.asarray(actual)
    if not (_is_number(p) and _is_number(q)):
        left, right = _shares_by_value(p, q)
        return float(np.abs(left - right).sum() / 2)
    p, q = np.sort(p[~np.isnan(p)].astype(float)), np.sort(q[~np.isnan(q)].astype(float))
    if not len(p) or not len(q):
        return float(len(p) != len(q))
    points = np.concatenate([p, q])
    distance = np.searchsorted(p, points, "right") / len(p) - np.searchsorted(q, points, "right") / len(q)
    return float(np.abs(distance).max())


def _binned(expected: Any, actual: Any) -> tuple[Any, Any]:
    if _is_number(expected) and _is_number(actual):
        edges = _edges(expected)
        shares = [_shares(values.astype(float), edges) for values in (expected, actual)]
    else:
        shares = list(_shares_by_value(expected, actual))
    return np.maximum(shares[0], _LEAST_SHARE), np.maximum(shares[1], _LEAST_SHARE)


def _edges(expected: Any) -> Any:
    """Inner edges. Of a feature with few values (zeros of an image's margin), equal quantiles fall together."""
    numbers = expected[~np.isnan(expected.astype(float))].astype(float)
    if not len(numbers):
        return np.empty(0)
    return np.unique(np.quantile(numbers, np.linspace(0, 1, BINS + 1)[1:-1], method="inverted_cdf"))


def _shares(values: Any, edges: Any) -> Any:
    """A value on an edge belongs below it, so that a spike at an edge has its bin."""
    missing = np.isnan(values)
    counts = np.bincount(np.searchsorted(edges, values[~missing], "left"), minlength=len(edges) + 1)
    return np.append(counts, missing.sum()) / max(len(values), 1)


def _shares_by_value(expected: Any, actual: Any) -> tuple[Any, Any]:
    left, right = [str(v) for v in expected.tolist()], [str(v) for v in actual.tolist()]
    names = sorted({*left, *right})
    return _counted(left, names), _counted(right, names)


def _counted(values: list[str], names: list[str]) -> Any:
    counts = np.zeros(len(names))
    places = {name: i for i, name in enumerate(names)}
    for value in values:
        counts[places[value]] += 1
    return counts / max(len(values), 1)


def _is_number(values: Any) -> bool:
    return values.dtype.kind in "biuf"
