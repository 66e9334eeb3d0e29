"""One keeper at rest, then with strangers: its requests by the audit log, its memory and processor time by the kernel."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple

from benchmarks.at_rest import figures
from benchmarks.at_rest.arena import counted, is_work, say
from benchmarks.at_rest.figures import Memory
from benchmarks.at_rest.healing import Healed, heal
from benchmarks.beside_argocd.keeper import Contestant, Keeper, Size


class Span(NamedTuple):
    """What a keeper did meanwhile, and its memory at the end, by process. `cpu` is in seconds, git's included."""

    requests: Counter[str]
    """But watches and leases."""
    cpu: float
    memory: Mapping[str, Memory]


class Measured(NamedTuple):
    applied: float
    rest: Span
    healing: Span
    healed: list[Healed]


def measured(contestant: Contestant, size: Size) -> Measured:
    """Raises `CannotBuild`, `DidNotStart`."""
    with contestant.enter(size) as keeper:
        say(f"{contestant.name}: applied after {keeper.applied:.0f} s; at rest for {size.rest_seconds:g} s")
        watch = _Watch(keeper)
        time.sleep(size.rest_seconds)
        rest, watch = watch.end(), _Watch(keeper)
        healed = asyncio.run(heal(keeper.plane, size.targets, size.changes, size.seed, keeper.owner))
        return Measured(keeper.applied, rest, watch.end(), healed)


class _Watch:
    def __init__(self, keeper: Keeper) -> None:
        self._keeper = keeper
        self._mark = keeper.plane.audit.mark()
        self._cpu = self._seconds()

    def end(self) -> Span:
        requests = self._keeper.plane.audit.requests(self._mark, user=self._keeper.user)
        memory = {name: figures.memory(number) for name, number in self._keeper.processes.items()}
        work = counted([each for each in requests if is_work(each)])
        return Span(work, self._seconds() - self._cpu, memory)

    def _seconds(self) -> float:
        return sum(sum(figures.seconds(number)) for number in self._keeper.processes.values())
