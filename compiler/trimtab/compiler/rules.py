"""`accept` as rules: bounds that one metric must keep, each with the text and the digest that verdicts name it by."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from trimtab.compiler.bundle import Rule
from trimtab.compiler.canonical import digest
from trimtab.spec.positions import SpecPath

if TYPE_CHECKING:
    from trimtab.spec.model.metric_rules import MetricRule


def accept(metrics: Mapping[str, MetricRule], path: SpecPath) -> tuple[Rule, ...]:
    """A `goal` says nothing more: the language has checked it against the bounds."""
    return tuple(rule(name, m.min, m.max, (*path, name)) for name, m in sorted(metrics.items()))


def rule(metric: str, minimum: float | None, maximum: float | None, path: SpecPath) -> Rule:
    bounds = {"metric": metric, "min": minimum, "max": maximum}
    return Rule(metric, minimum, maximum, path, _text(metric, minimum, maximum), digest(bounds))


def _text(metric: str, minimum: float | None, maximum: float | None) -> str:
    if minimum is None:
        return f"{metric} <= {maximum:.12g}"
    if maximum is None:
        return f"{metric} >= {minimum:.12g}"
    return f"{minimum:.12g} <= {metric} <= {maximum:.12g}"
