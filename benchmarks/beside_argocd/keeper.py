"""Who keeps the objects: our daemon here, Argo CD in a module of its own. What is measured of both is the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import NamedTuple

from control_plane import ControlPlane

from benchmarks.at_rest.applications import names
from benchmarks.at_rest.arena import DAEMON, arena
from benchmarks.at_rest.healing import KINDS
from benchmarks.at_rest.strangers import OURS, Owner, Target


@dataclass(frozen=True, slots=True)
class Size:
    systems: int = 25
    applications: int = 10
    """Of each system; four objects an application."""
    rest_seconds: float = 180
    """As long as Argo CD takes at most, by default, until it looks at each Application once more."""
    changes: int = 60
    """With more of them, Argo CD's back-off is all that is seen."""
    seed: int = 1

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(f"shop-{number:02}" for number in range(self.systems))

    @property
    def targets(self) -> list[Target]:
        return [
            Target(kind, system, name)
            for system in self.names
            for name in names(self.applications)
            for kind in KINDS
        ]


class Keeper(NamedTuple):
    """Everything is applied, and it is at rest. `user` is whom the audit log knows it by."""

    plane: ControlPlane
    user: str
    processes: Mapping[str, int]
    """Their numbers by name."""
    owner: Owner
    applied: float
    """Seconds from its start until it said that all was as it should be."""


class Contestant(NamedTuple):
    name: str
    enter: Callable[[Size], AbstractContextManager[Keeper]]
    """Raises `CannotBuild`, `DidNotStart`."""


@contextmanager
def ours(size: Size) -> Iterator[Keeper]:
    with arena(size.systems, size.applications) as home:
        applied = home.wait_until_applied()
        home.wait_until_quiet()
        yield Keeper(home.plane, DAEMON, {"daemon": home.process}, OURS, applied)


TRIMTAB = Contestant("trimtab", ours)
