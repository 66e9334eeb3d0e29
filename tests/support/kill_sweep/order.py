"""Which calls are tried: all, for as long as there are any, or some of those that an undisturbed writer makes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import count
from typing import Protocol

from kill_sweep.life import Tried

ENOUGH = 6
"""A phase is over when so many writers have lived. Not each makes as many calls as the others: it renews its Lease, or
meets a watch that was late."""

Indexes = dict[str, int]
"""By phase, where a life's writer is to be killed."""


class Order(Protocol):
    def lives(self) -> Iterator[Indexes]: ...

    def heard(self, tried: Tried) -> None: ...


class Every:
    """Each index in each phase, until it is beyond the last call."""

    def __init__(self, phases: Sequence[str]) -> None:
        self._phases = phases
        self._lived: Counter[str] = Counter()

    def lives(self) -> Iterator[Indexes]:
        for index in count():
            left = {phase: index for phase in self._phases if self._lived[phase] < ENOUGH}
            if not left:
                return
            yield left

    def heard(self, tried: Tried) -> None:
        if tried.index is not None and not tried.killed_at and not tried.trouble:
            self._lived[tried.phase] += 1


class Samples:
    """`number` of lives, from the first calls to the last."""

    def __init__(self, number: int, calls: Mapping[str, int]) -> None:
        self._number, self._calls = number, calls

    def lives(self) -> Iterator[Indexes]:
        for sample in range(self._number):
            share = (sample + 0.5) / self._number
            yield {phase: int(2 * calls * share) for phase, calls in self._calls.items()}

    def heard(self, tried: Tried) -> None:
        pass
