"""What a daemon tells: a line for each commit, each write, and each new thing that holds one of its systems back."""

from __future__ import annotations

import time

from trimtab.cli.findings import tell_findings
from trimtab.cli.terminal import say
from trimtab.reconciler.actions import Action, Hold, HoldKind, Plan, Verb
from trimtab.reconciler.state import State
from trimtab.reconciler.understood import Understood
from trimtab.spec.render.terminal import inert


class Journal:
    """Implements the daemon's `Reporter`. Trouble is told once as long as it lasts, however many systems have it."""

    def __init__(self) -> None:
        self._troubles: dict[str, str] = {}

    def following(self, source: str) -> None:
        self.over("")
        _line(f"following {source}")

    def commit(self, commit: str, subject: str) -> None:
        _line(f"commit {commit[:10]} {subject}")

    def trouble(self, sentence: str) -> None:
        self.trouble_of("", sentence)

    def of(self, spec: str) -> SystemJournal:
        return SystemJournal(self, spec)

    def trouble_of(self, spec: str, sentence: str) -> None:
        if sentence not in self._troubles.values():
            _line(sentence)
        self._troubles[spec] = sentence

    def over(self, spec: str) -> bool:
        """Whether there was trouble, which is over."""
        return self._troubles.pop(spec, None) is not None


class SystemJournal:
    """Implements the `SystemReporter` of one spec."""

    def __init__(self, journal: Journal, spec: str) -> None:
        self._journal, self._spec = journal, spec
        self._held: frozenset[Hold] = frozenset()
        self._reached = self._set_back = ""

    def invalid(self, commit: str, found: Understood) -> None:
        _line(f"{self._spec}: commit {commit[:10]} is not right, and changes nothing")
        tell_findings(found.diagnostics, found.texts)

    def trouble(self, sentence: str) -> None:
        self._journal.trouble_of(self._spec, sentence)

    def set_back(self, sentence: str) -> None:
        if sentence != self._set_back:
            _line(f"{self._spec}: {sentence}")
        self._set_back = sentence

    def left_behind(self, sentence: str) -> None:
        _line(f"{self._spec}: {sentence}")

    def planned(self, plan: Plan, state: State) -> None:
        held = frozenset(hold for hold in plan.holds if hold.kind is HoldKind.BLOCKED)
        for hold in sorted(held - self._held, key=lambda h: h.node):
            _line(f"{self._spec}: held back: {hold.node}: {hold.reason}")
        self._held = held
        if plan.is_converged and (self._journal.over(self._spec) or state.commit != self._reached):
            self._reached = state.commit
            _line(f"{self._spec}: as commit {state.commit[:10]} says")

    def acted(self, action: Action) -> None:
        step = action.step
        if step.verb is not Verb.REMEMBER:
            _line(f"{self._spec}: {step.verb.value} {step.node}: {step.reason}")


def _line(text: str) -> None:
    say(f"{time.strftime('%H:%M:%S')} {inert(text)}")
