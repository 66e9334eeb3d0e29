"""`accept` as rules: bounds that one metric must keep, each with the text and the digest that verdicts name it by."""

from __future__ import annotations

from collections.abc import Mapping

from trimtab.compiler.bundle import Rule
from trimtab.compiler.canonical import digest
from trimtab.compiler.site import Site
from trimtab.spec.model.metric_rules import MetricRule
from trimtab.spec.positions import SpecPath


def accept(site: Site, metrics: Mapping[str, MetricRule], path: SpecPath) -> tuple[Rule, ...]:
    found = []
    for name, bounds in sorted(metrics.items()):
        here = (*path, name)
        if bounds.min is None and bounds.max is None:
            site.findings.add("TT407", f"what must `{name}` keep? write `min` or `max`", here)
        elif _contradicts(bounds):
            right = "min" if bounds.goal == "maximize" else "max"
            message = f"the goal is to {bounds.goal} `{name}`, and a bound in that direction is missing: write `{right}`"
            site.findings.add("TT407", message, (*here, "goal"))
        else:
            found.append(rule(name, bounds.min, bounds.max, here))
    return tuple(found)


def rule(metric: str, minimum: float | None, maximum: float | None, path: SpecPath) -> Rule:
    bounds = {"metric": metric, "min": minimum, "max": maximum}
    return Rule(metric, minimum, maximum, path, _text(metric, minimum, maximum), digest(bounds))


def _contradicts(bounds: MetricRule) -> bool:
    missing = {"maximize": bounds.min is None, "minimize": bounds.max is None}
    return bounds.goal is not None and missing[bounds.goal]


def _text(metric: str, minimum: float | None, maximum: float | None) -> str:
    if minimum is None:
        return f"{metric} <= {maximum:.12g}"
    if maximum is None:
        return f"{metric} >= {minimum:.12g}"
    return f"{minimum:.12g} <= {metric} <= {maximum:.12g}"
