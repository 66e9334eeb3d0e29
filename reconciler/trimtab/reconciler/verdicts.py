"""Judging a run's recorded metrics by a rule. Costs no GPU: an edited threshold is judged at once on what is recorded."""

from __future__ import annotations

from collections.abc import Iterable

from trimtab.compiler.bundle import Rule
from trimtab.reconciler.ledger import Record, Verdict


def missing_verdicts(record: Record, rules: Iterable[Rule], now: str) -> tuple[Verdict, ...]:
    """A verdict for each rule that this record has not been judged by."""
    return tuple(judge(record, rule, now) for rule in rules if record.verdict_on(rule.digest) is None)


def accepts(record: Record, rules: Iterable[Rule]) -> bool:
    verdicts = (record.verdict_on(rule.digest) for rule in rules)
    return record.ended_well and all(v is not None and v.accepted for v in verdicts)


def judge(record: Record, rule: Rule, now: str) -> Verdict:
    """A missing or NaN metric rejects, and says so."""
    value = record.metrics.get(rule.metric)
    if value is None:
        reason = (
            f"{rule.metric} was reported as NaN"
            if rule.metric in record.metrics
            else _unreported(record, rule)
        )
        return Verdict(rule.digest, rule.text, False, f"{reason}; the rule is {rule.text}", now)
    low = rule.minimum is not None and value < rule.minimum
    high = rule.maximum is not None and value > rule.maximum
    reason = f"{rule.metric} is {value:.6g}; the rule is {rule.text}"
    return Verdict(rule.digest, rule.text, not (low or high), reason, now)


def _unreported(record: Record, rule: Rule) -> str:
    if not record.metrics:
        return "the run reported no metrics"
    return f"the run did not report {rule.metric} (it reported {', '.join(sorted(record.metrics))})"
