"""The writer is killed before and after every call: by the command line on this machine, by forked writers on a real
API server. And with torch, once in the middle of each phase. See tests/e2e/test_killed_writer.py."""

from __future__ import annotations

import json
import signal
import time
import uuid
from itertools import count
from pathlib import Path

import pytest
import system_homes
from blinking import blinking, kill_around_first_applies, kill_around_updates, killed_apply
from kill_sweep import PHASES, sweep
from system_homes import CLUSTER, LOCAL
from trimtab_cli import System, living

pytestmark = pytest.mark.soak

SLICES = 3
LANES = 12
"""Systems at a time: each waits for controllers more than it computes."""
EDITS: dict[str, tuple[tuple[str, str], ...]] = {
    "first apply": (),
    "update": (("cpu: 500m", "cpu: 400m"),),
    "promotion": (("learningRate: 0.002", "learningRate: 0.003"),),
    "prune": (("    recognizer:", "    reader:"), ("of: recognizer", "of: reader")),
}
MIDDLE = {"first apply": 81, "update": 7, "promotion": 31, "prune": 15}
"""Where a writer of the real example is killed: see `killed.py`. In the first and third, while its ranks train."""


def test_a_kill_around_every_call_of_a_real_api_server(
    control_plane_programs: object, tmp_path: Path
) -> None:
    began = time.monotonic()
    outcome = sweep(tmp_path, lanes=LANES)
    print(
        *outcome.told(), f"{sum(outcome.killed.values())} kills in {time.monotonic() - began:.0f} s", sep="\n"
    )
    assert outcome.troubles == []
    assert outcome.twice == []
    assert all(outcome.killed[phase.name] for phase in PHASES)


@pytest.mark.parametrize("share", range(SLICES))
def test_a_kill_around_every_write_of_a_first_apply(
    request: pytest.FixtureRequest, tmp_path: Path, share: int
) -> None:
    writes = kill_around_first_applies(request, LOCAL, tmp_path, count(share, SLICES))
    print(f"first apply: {writes} writes")


def test_a_kill_around_every_write_of_a_change_of_a_run_and_of_its_promotion(
    request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    with blinking(request, LOCAL, tmp_path / "blink") as system:
        print(f"change and promotion: {kill_around_updates(system, count())} writes")


@pytest.mark.torch
def test_a_kill_in_the_middle_of_each_phase_of_a_real_training(
    request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    namespace = f"digits-{uuid.uuid4().hex[:8]}"
    with living(request, CLUSTER, "digits", tmp_path / "digits", namespace) as system:
        for phase, edits in EDITS.items():
            for edit in edits:
                system.edit(*edit)
            assert killed_apply(system, MIDDLE[phase]).code == -signal.SIGKILL, phase
            system.apply()
            check(system, phase)


def check(system: System, phase: str) -> None:
    assert json.loads(system.ok("plan", "--output", "json"))["now"] == [], phase
    rows = system.runs()
    assert {(row["phase"], row["attempt"], row["restarts"]) for row in rows} == {("Succeeded", 1, 0)}, phase
    newest = next(row["record"] for row in rows if row["kind"] == "training")
    endpoint = system.endpoint()
    assert (endpoint["model"], endpoint["ready"]) == (newest, 2), phase
    assert system_homes.left_over(system.home, system.namespace) == [], phase
