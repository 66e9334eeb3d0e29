"""A plan as rows: what would be written now, what follows, what holds the rest back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from trimtab.cli.views.run_rows import Locate
from trimtab.reconciler.actions import Hold, HoldKind, Plan, Step, Verb
from trimtab.reconciler.trial import Judgement, Trial

SIGNS: Mapping[Verb, str] = {
    Verb.CREATE: "+",
    Verb.OPEN: "+",
    Verb.START: "▶",
    Verb.UPDATE: "~",
    Verb.HEAL: "~",
    Verb.REPLACE: "±",
    Verb.SERVE: "→",
    Verb.DELETE: "-",
    Verb.CLEAN: "-",
}
"""Every other verb writes something down, and is shown by a dot."""


@dataclass(frozen=True, slots=True)
class StepRow:
    sign: str
    verb: str
    node: str
    reason: str
    place: str


@dataclass(frozen=True, slots=True)
class HoldRow:
    kind: str
    node: str
    reason: str
    place: str


@dataclass(frozen=True, slots=True)
class TrialRow:
    """What the engine would say of an object; only where it would not simply take it."""

    judgement: str
    objects: int
    node: str
    reason: str
    place: str


@dataclass(frozen=True, slots=True)
class PlanView:
    now: tuple[StepRow, ...]
    later: tuple[StepRow, ...]
    holds: tuple[HoldRow, ...]
    tried: int | None = None
    """Objects that the engine was asked about; None where it was not."""
    trials: tuple[TrialRow, ...] = ()

    @property
    def is_empty(self) -> bool:
        return not self.now and not self.later


def plan_view(plan: Plan, locate: Locate, trials: Sequence[Trial] | None = None) -> PlanView:
    """Remembering is bookkeeping: it is done, and not shown."""
    now = (a.step for a in plan.actions if a.step.verb is not Verb.REMEMBER)
    return PlanView(
        tuple(_step(s, locate) for s in now),
        tuple(_step(s, locate) for s in plan.later),
        hold_rows(plan.holds, locate),
        None if trials is None else len(trials),
        _trial_rows(trials or (), locate),
    )


def _trial_rows(trials: Sequence[Trial], locate: Locate) -> tuple[TrialRow, ...]:
    """What would be refused, each by itself; what could not be tried for the same reason, in one row."""
    told = [t for t in trials if t.judgement not in (Judgement.TAKEN, Judgement.UNTRIED)]
    untried = Counter((t.reason, t.at) for t in trials if t.judgement is Judgement.UNTRIED)
    return (
        *(TrialRow(t.judgement.value, 1, t.node, t.reason, locate(t.at)) for t in told),
        *(
            TrialRow(Judgement.UNTRIED.value, count, "", reason, locate(at))
            for (reason, at), count in untried.items()
        ),
    )


def hold_rows(holds: Iterable[Hold], locate: Locate) -> tuple[HoldRow, ...]:
    """What blocks first: a person must act on it."""
    order = list(HoldKind)
    ranked = sorted(holds, key=lambda h: (h.kind is not HoldKind.BLOCKED, order.index(h.kind)))
    return tuple(HoldRow(h.kind.value, h.node, h.reason, locate(h.at)) for h in ranked)


def _step(step: Step, locate: Locate) -> StepRow:
    return StepRow(SIGNS.get(step.verb, "·"), step.verb.value, step.node, step.reason, locate(step.at))
