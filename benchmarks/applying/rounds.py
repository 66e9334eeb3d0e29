"""Which contestants meet, with how many applications, how often: every one of them in turn, in each round.

`APPLICATIONS="10x1"` and `CONTESTANTS="raw trimtab"` in the environment choose less, for a quick look.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import NamedTuple

from control_plane import CannotBuild, ControlPlane
from control_plane.reports import say

from benchmarks.applying.command_lines import KAPP, KUBECTL, RAW
from benchmarks.applying.contestant import Contestant
from benchmarks.applying.flux import FLUX
from benchmarks.applying.measuring import Measured, measured
from benchmarks.applying.ours import OURS
from benchmarks.processes import DidNotEndWell

ALL = (RAW, OURS, KUBECTL, FLUX, KAPP)
"""Those first that take the least time."""
SIZES = "100x5 1000x1"
"""Applications, and how often each contestant applies as many."""
WARMING = 5
"""Applications that are applied once before anything counts: the API server's first requests are its slowest."""


class Results(NamedTuple):
    measured: dict[tuple[int, str], list[Measured]]
    """By the number of applications and the name of the contestant."""
    absent: dict[str, str]
    """Why, by the name of a contestant that could not be measured, or not to the end."""


def contestants() -> Sequence[Contestant]:
    chosen = os.environ.get("CONTESTANTS", "").split()
    return [each for each in ALL if not chosen or each.name in chosen]


def sizes() -> dict[int, int]:
    """How many rounds, by the number of applications."""
    pairs = (each.split("x") for each in os.environ.get("APPLICATIONS", SIZES).split())
    return {int(count): int(rounds) for count, rounds in pairs}


def run(plane: ControlPlane) -> Results:
    """Whoever interrupts it (Ctrl+C) gets what was measured until then."""
    results = Results({}, {})
    try:
        say(f"{WARMING} applications that do not count")
        measured(plane, RAW, WARMING)
        for count, rounds in sizes().items():
            for number in range(rounds):
                say(f"{count} applications, round {number + 1} of {rounds}")
                for contestant in contestants():
                    _once(plane, contestant, count, results)
    except KeyboardInterrupt:
        results.absent["all that is missing below"] = "The run was interrupted."
    return results


def _once(plane: ControlPlane, contestant: Contestant, count: int, results: Results) -> None:
    if contestant.name in results.absent:
        return
    try:
        found = measured(plane, contestant, count)
    except (CannotBuild, DidNotEndWell) as reason:
        say(f"  {contestant.name}: {reason}")
        results.absent[contestant.name] = f"{count} applications: {reason}"
    else:
        results.measured.setdefault((count, contestant.name), []).append(found)
