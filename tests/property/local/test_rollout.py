"""A rollout's steps, whatever becomes ready or breaks in between: never too many, never too few, and an end."""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from trimtab.compiler.bundle import Ref
from trimtab.reconciler.local.controllers.rollout import Bounds, Replicas, bounds, step
from trimtab.reconciler.local.objects import Stored


def pod(number: int) -> Stored:
    return Stored(Ref("v1", "Pod", "shop", f"web-{number}"), {"metadata": {}}, {})


@dataclass
class Fleet:
    """Pods that become available when they are told to."""

    old: list[Stored]
    new: list[Stored] = field(default_factory=list)
    available: set[str] = field(default_factory=set)
    made: int = 0

    def replicas(self) -> Replicas:
        return Replicas(self.new, self.old, frozenset(self.available))

    def turn(self, wanted: int, limits: Bounds, recreate: bool) -> bool:
        now = step(self.replicas(), wanted, limits, recreate=recreate)
        for _ in range(now.create):
            self.made += 1
            self.new.append(pod(1000 + self.made))
        for gone in now.delete:
            (self.old if gone in self.old else self.new).remove(gone)
            self.available.discard(gone.ref.name)
        return bool(now.create or now.delete)


shares = st.one_of(st.integers(0, 4), st.sampled_from(["0%", "25%", "50%", "100%"]))


@given(
    wanted=st.integers(0, 6),
    before=st.integers(0, 6),
    surge=shares,
    unavailable=shares,
    order=st.lists(st.integers(0, 20), max_size=40),
)
def test_a_rollout_stays_within_its_bounds_and_ends(
    wanted: int, before: int, surge: int | str, unavailable: int | str, order: list[int]
) -> None:
    limits = bounds(
        {"strategy": {"rollingUpdate": {"maxSurge": surge, "maxUnavailable": unavailable}}}, wanted
    )
    fleet = Fleet([pod(number) for number in range(before)])
    fleet.available = {each.ref.name for each in fleet.old}
    for pick in [*order, *range(60)]:
        served = len(fleet.available)
        fleet.turn(wanted, limits, recreate=False)
        assert len(fleet.available) >= min(limits.least, served)
        assert fleet.replicas().total <= max(limits.most, before)
        waiting = [each.ref.name for each in fleet.new if each.ref.name not in fleet.available]
        if waiting:
            fleet.available.add(waiting[pick % len(waiting)])
    assert not fleet.turn(wanted, limits, recreate=False)
    assert (len(fleet.new), len(fleet.old)) == (wanted, 0)


@given(wanted=st.integers(0, 5), before=st.integers(1, 5))
def test_recreating_ends_the_old_before_it_begins_the_new(wanted: int, before: int) -> None:
    limits = bounds({"strategy": {"type": "Recreate"}}, wanted)
    fleet = Fleet([pod(number) for number in range(before)])
    while fleet.turn(wanted, limits, recreate=True):
        assert not (fleet.old and fleet.new)
    assert (len(fleet.new), len(fleet.old)) == (wanted, 0)


@given(before=st.integers(1, 5), broken=st.integers(1, 3))
def test_a_new_version_that_never_becomes_ready_leaves_enough_of_the_old(before: int, broken: int) -> None:
    limits = bounds({}, before)
    fleet = Fleet([pod(number) for number in range(before)])
    fleet.available = {each.ref.name for each in fleet.old}
    for _ in range(20 * broken):
        fleet.turn(before, limits, recreate=False)
    assert len(fleet.available) >= limits.least
