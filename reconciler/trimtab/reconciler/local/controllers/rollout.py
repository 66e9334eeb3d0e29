"""How a Deployment's Pods change from one template to the next: arithmetic on counts, and nothing else."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

from trimtab.reconciler.local.objects import Body, Stored

DEFAULT_SHARE = "25%"


class Bounds(NamedTuple):
    """At most `most` Pods at a time, at least `least` of them available."""

    most: int
    least: int


class Replicas(NamedTuple):
    """The Pods of a Deployment that are meant to stay, oldest first. `available` holds names."""

    new: Sequence[Stored]
    old: Sequence[Stored]
    available: frozenset[str]

    @property
    def total(self) -> int:
        return len(self.new) + len(self.old)

    def is_available(self, pod: Stored) -> bool:
        return pod.ref.name in self.available


class Step(NamedTuple):
    create: int
    delete: Sequence[Stored]


def bounds(spec: Body, wanted: int) -> Bounds:
    strategy = spec.get("strategy") or {}
    if strategy.get("type") == "Recreate":
        return Bounds(wanted, 0)
    rolling = strategy.get("rollingUpdate") or {}
    surge = _share(rolling.get("maxSurge", DEFAULT_SHARE), wanted, math.ceil)
    unavailable = _share(rolling.get("maxUnavailable", DEFAULT_SHARE), wanted, math.floor)
    if surge == 0 and unavailable == 0:
        unavailable = 1
    return Bounds(wanted + surge, max(wanted - unavailable, 0))


def _share(value: Any, of: int, rounded: Any) -> int:
    if isinstance(value, str) and value.endswith("%"):
        return int(rounded(of * float(value[:-1]) / 100))
    return int(value)


def step(
    replicas: Replicas, wanted: int, limits: Bounds, *, recreate: bool = False, leaving: int = 0
) -> Step:
    """What to make and to take away now. With `recreate`, all old ones are gone before a new one comes."""
    if recreate and (replicas.old or leaving):
        return Step(0, [*replicas.old])
    surplus = _surplus(replicas, wanted)
    create = max(min(wanted - len(replicas.new), limits.most - replicas.total), 0)
    return Step(create, [*surplus, *_retiring(replicas, wanted, limits)])


def _surplus(replicas: Replicas, wanted: int) -> Sequence[Stored]:
    """New ones beyond what is wanted: first those that are not available, then the youngest."""
    youngest_first = replicas.new[::-1]
    by_worth = sorted(youngest_first, key=replicas.is_available)
    return by_worth[: max(len(replicas.new) - wanted, 0)]


def _retiring(replicas: Replicas, wanted: int, limits: Bounds) -> list[Stored]:
    """Old ones that may go without falling below the least: those that serve nobody first."""
    broken = [pod for pod in replicas.old if not replicas.is_available(pod)]
    serving = [pod for pod in replicas.old if replicas.is_available(pod)]
    new_available = sum(replicas.is_available(pod) for pod in replicas.new[:wanted])
    spare = max(len(serving) + new_available - limits.least, 0)
    return [*broken, *serving[:spare]]
