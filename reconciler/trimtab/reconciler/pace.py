"""How fast a loop tries again: one that plans again what changed nothing waits ever longer. News end each wait."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from trimtab.reconciler.actions import Action

FIRST_SECONDS, MOST_SECONDS = 0.25, 10.0
"""The first wait, and the longest; each is twice the one before."""

REMEMBERED = 4
"""Plans that are remembered: two or three may take turns, each undoing why the other was planned."""


class Pace:
    def __init__(self) -> None:
        self._lately: deque[int] = deque(maxlen=REMEMBERED)
        self._seconds = 0.0

    def after(self, actions: Sequence[Action]) -> float:
        """How long to wait for news before the next plan; nothing where these actions were not planned lately."""
        steps = hash(tuple(action.step for action in actions))  # a plan of thousands is not held in memory
        is_again = steps in self._lately
        self._lately.append(steps)
        self._seconds = min(max(2 * self._seconds, FIRST_SECONDS), MOST_SECONDS) if is_again else 0.0
        return self._seconds

    def quicken(self) -> None:
        """There was news: what is planned next may be the same, and come to more."""
        self._seconds = 0.0

    def rest(self) -> None:
        """There was nothing to do: whatever comes next is new."""
        self._lately.clear()
        self._seconds = 0.0
