"""The writer is killed around what it does, on this machine and on a real cluster: the next one converges.

The runs end at once. The command line itself is killed around some of its writes; forked writers, which cost less, around
some of all the calls they make of a real API server. `make soak` tries them all, and the laws of the loop
(tests/unit/reconciler) each write on a simulated engine.
"""

from __future__ import annotations

from itertools import count
from pathlib import Path

import pytest
from blinking import (
    blinking,
    kill_around_first_applies,
    kill_around_updates,
    killed_apply,
)
from kill_sweep import PHASES, sweep
from system_homes import CLUSTER, LOCAL
from trimtab_cli import System

SAMPLES = 4


@pytest.mark.parametrize(("kind", "first", "step"), [(LOCAL, 2, 9), (CLUSTER, 81, 100)])
def test_a_kill_around_a_write_of_a_first_apply(
    request: pytest.FixtureRequest, tmp_path: Path, kind: str, first: int, step: int
) -> None:
    kill_around_first_applies(request, kind, tmp_path, count(first, step))


@pytest.mark.parametrize(("kind", "step"), [(LOCAL, 17), (CLUSTER, 60)])
def test_a_kill_around_a_write_of_a_change_of_a_run_and_of_its_promotion(
    request: pytest.FixtureRequest, tmp_path: Path, kind: str, step: int
) -> None:
    with blinking(request, kind, tmp_path / "blink") as system:
        kill_around_updates(system, count(5, step))


def test_a_kill_around_some_calls_of_a_real_api_server(
    control_plane_programs: object, tmp_path: Path
) -> None:
    outcome = sweep(tmp_path, lanes=SAMPLES, samples=SAMPLES)
    assert outcome.troubles == []
    assert outcome.twice == []
    assert all(outcome.killed[phase.name] for phase in PHASES)


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
