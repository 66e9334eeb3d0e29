"""Which of a record's verdicts count today. Rules change, and every verdict stays: a record may have been judged often."""

from __future__ import annotations

from trimtab.compiler.bundle import Run
from trimtab.reconciler.ledger import Record, Verdict


def standing(record: Record, run: Run | None) -> tuple[Verdict, ...]:
    """Those by the rules of today's spec; where it has none that judged this record, the latest."""
    rules = run.accept if run is not None else ()
    today = (record.verdict_on(rule.digest) for rule in rules)
    return tuple(verdict for verdict in today if verdict is not None) or record.verdicts[-1:]
