"""What a daemon tells: a line for each commit, each write, and each new thing that holds it back."""

from __future__ import annotations

import time

from trimtab.cli.findings import tell_findings
from trimtab.cli.terminal import say
from trimtab.reconciler.actions import Action, Hold, HoldKind, Plan, Verb
from trimtab.reconciler.session import Prepared
from trimtab.reconciler.state import State
from trimtab.spec.render.terminal import inert


class Journal:
    """Implements the daemon's `Reporter`. Nothing is said twice in a row."""

    def __init__(self) -> None:
        self._held: frozenset[Hold] = frozenset()
        self._trouble = ""
        self._reached = ""

    def following(self, source: str) -> None:
        _line(f"following {source}")

    def commit(self, commit: str, subject: str) -> None:
        _line(f"commit {commit[:10]} {subject}")

    def invalid(self, commit: str, prepared: Prepared) -> None:
        _line(f"commit {commit[:10]} is not right, and changes nothing")
        tell_findings(prepared.diagnostics, prepared.texts)

    def trouble(self, sentence: str) -> None:
        if sentence != self._trouble:
            _line(sentence)
        self._trouble = sentence

    def planned(self, plan: Plan, state: State) -> None:
        held = frozenset(hold for hold in plan.holds if hold.kind is HoldKind.BLOCKED)
        for hold in sorted(held - self._held, key=lambda h: h.node):
            _line(f"held back: {hold.node}: {hold.reason}")
        self._held = held
        if plan.is_converged and (self._trouble or state.commit != self._reached):
            self._trouble, self._reached = "", state.commit
            _line(f"as commit {state.commit[:10]} says")

    def acted(self, action: Action) -> None:
        step = action.step
        if step.verb is not Verb.REMEMBER:
            _line(f"{step.verb.value} {step.node}: {step.reason}")


def _line(text: str) -> None:
    say(f"{time.strftime('%H:%M:%S')} {inert(text)}")
