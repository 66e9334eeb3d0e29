"""The command line is killed before and after its writes, on this machine and on a real cluster: the next apply converges.

Real processes and a real engine; the runs end at once. Here some of the indexes are tried; `make soak` tries them all, and
the laws of the loop (tests/unit/reconciler) try each on a simulated engine.
"""

from __future__ import annotations

from itertools import count
from pathlib import Path

import pytest
from blinking import (
    blinking,
    kill_around_first_applies,
    kill_around_prunes,
    kill_around_updates,
    killed_apply,
)
from system_homes import CLUSTER, LOCAL
from trimtab_cli import System


@pytest.mark.parametrize(("kind", "first", "step"), [(LOCAL, 2, 9), (CLUSTER, 7, 74)])
def test_a_kill_around_a_write_of_a_first_apply(
    request: pytest.FixtureRequest, tmp_path: Path, kind: str, first: int, step: int
) -> None:
    kill_around_first_applies(request, kind, tmp_path, count(first, step))


@pytest.mark.parametrize(("kind", "step"), [(LOCAL, 17), (CLUSTER, 34)])
def test_a_kill_around_a_write_of_a_change_of_a_run_and_of_its_promotion(
    request: pytest.FixtureRequest, tmp_path: Path, kind: str, step: int
) -> None:
    with blinking(request, kind, tmp_path / "blink") as system:
        kill_around_updates(system, count(5, step))


def test_a_kill_around_a_write_of_a_prune(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    with blinking(request, CLUSTER, tmp_path / "blink") as system:
        kill_around_prunes(system, count(2, 22))


@pytest.mark.torch
def test_a_writer_that_dies_in_each_phase_still_trains_once_and_serves(tmp_path: Path) -> None:
    """The real example, killed a little later each time: objects, runs, a training in two ranks, the rollout."""
    system = System.copy("digits", tmp_path / "digits")
    try:
        codes = [killed_apply(system, index).code for index in (5, *range(40, 64, 3))]
        assert codes.count(-9) >= 4
        system.apply()
        (training,) = system.trainings()
        assert (training["phase"], training["attempt"], training["restarts"]) == ("Succeeded", 1, 0)
        assert system.endpoint()["ready"] == 2
    finally:
        system.stop()
