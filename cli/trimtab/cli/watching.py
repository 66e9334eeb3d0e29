"""What an apply tells while it goes on: lines for a log, or a picture for a person who watches.

Both listen to the loop; neither steers it. Without a person no terminal library is imported.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from trimtab.cli.live import Curves
from trimtab.cli.systems import Target
from trimtab.cli.terminal import is_live, say
from trimtab.cli.views.progress import Progress, news, progress, waits
from trimtab.reconciler.actions import Action, Plan, Verb
from trimtab.reconciler.loop import Listener
from trimtab.reconciler.state import State

PATIENCE_SECONDS = 5.0
"""Of silence, before a log is told what everything waits for."""
TOLD_IN_PLAIN = frozenset({Verb.CREATE, Verb.UPDATE, Verb.HEAL, Verb.REPLACE, Verb.DELETE})


@contextmanager
def watching(target: Target, curves: Curves) -> Iterator[Listener]:
    """A listener that shows what happens on standard error, for as long as the context lasts."""
    if not is_live():
        yield Plain(target)
        return
    from trimtab.cli.render.progress import moving

    with moving(target, curves) as picture:
        yield picture


class Plain:
    """Lines, each said once: what was written, each run and endpoint in a new state; what is waited for, if it lasts."""

    def __init__(self, target: Target, clock: Callable[[], float] = time.monotonic) -> None:
        self._target = target
        self._before: Progress | None = None
        self._clock = clock
        self._said, self._at = "", clock()

    def planned(self, plan: Plan, state: State) -> None:
        after = progress(self._target.world(state), plan, self._target.locate)
        for line in news(self._before, after):
            self._say(line)
        self._before = after
        line = waits(plan)
        if line and line != self._said and self._clock() - self._at >= PATIENCE_SECONDS:
            self._said = line
            self._say(line)

    def acted(self, action: Action) -> None:
        if action.step.verb in TOLD_IN_PLAIN:
            self._say(f"{action.step.verb.value} {action.step.node}")

    def _say(self, line: str) -> None:
        say(line)
        self._at = self._clock()
