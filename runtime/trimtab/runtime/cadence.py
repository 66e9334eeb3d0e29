"""When to save and when to stop: decided after each batch, and alike in every process.

A process that stopped alone would leave the others hanging in their next exchange. So all of them compare notes,
at batches that they agreed on before: about four times a second, however long a batch takes.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import NamedTuple

from trimtab.runtime.group import Group

_BETWEEN_CHECKS = 0.25
_MOST_BATCHES = 1000


class Decision(NamedTuple):
    save: bool
    stop: bool


class Cadence:
    """`stop_asked` tells whether this process was asked to stop; `every` is the seconds between checkpoints."""

    def __init__(self, group: Group, every: float, stop_asked: Callable[[], bool]) -> None:
        self._group = group
        self._every = every
        self._stop_asked = stop_asked
        self._saved = self._checked = time.monotonic()
        self._batches = 0
        self._next_check = 1

    def after_batch(self) -> Decision:
        self._batches += 1
        return self.decide() if self._batches >= self._next_check else Decision(save=False, stop=False)

    def decide(self) -> Decision:
        """The leader says whether to save and after how many batches to meet again; anybody may ask to stop."""
        now = time.monotonic()
        leads = self._group.leads
        save = leads and now - self._saved >= self._every
        stops, saves, stride = self._group.summed(
            [self._stop_asked(), save, self._stride(now) if leads else 0.0]
        )
        self._checked, self._batches, self._next_check = now, 0, int(stride)
        if saves or stops:
            self._saved = now
        return Decision(save=bool(saves or stops), stop=bool(stops))

    def _stride(self, now: float) -> float:
        per_batch = (now - self._checked) / max(self._batches, 1)
        return min(max(_BETWEEN_CHECKS // max(per_batch, 1e-6), 1), _MOST_BATCHES)
