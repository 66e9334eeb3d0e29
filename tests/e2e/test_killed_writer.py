"""The command line is killed before and after every write of a first apply, at every index: the next apply converges.

Real processes and a real engine; the runs end at once. That nothing ran twice is what the workloads themselves say:
each leaves one line in a file of its own at every start.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from trimtab_cli import ROOT, System

KILLED = ROOT / "tests" / "support" / "killed.py"
WITNESS = 'with open(os.environ["WITNESS"], "a") as f: f.write(os.environ["TRIMTAB_RUN_KEY"] + "\\n")\n'
SLICES = 4
"""Indexes are shared out over this many tests, each on an engine of its own at a time."""


@pytest.fixture
def blink(tmp_path: Path) -> Iterator[System]:
    system = fresh(tmp_path / "blink")
    yield system
    system.stop()


def fresh(folder: Path) -> System:
    """A new copy, with nothing remembered, whose programs testify that they ran."""
    shutil.copytree(
        Path(__file__).parent / "blink", folder, ignore=shutil.ignore_patterns(".trimtab", "__pycache__")
    )
    for script in (folder / "src" / "blink").glob("[!_]*.py"):
        script.write_text(
            "import os\n"
            + WITNESS.replace('os.environ["WITNESS"]', repr(str(folder / "witness")))
            + script.read_text()
        )
    return System(folder)


def killed_apply(system: System, index: int) -> tuple[int, int]:
    """The exit code, and the number of writes where the command lived to say it."""
    done = subprocess.run(
        [sys.executable, str(KILLED), str(index), "apply"],
        cwd=system.folder,
        env={**os.environ, "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    last = done.stderr.strip().splitlines()[-1:]
    return done.returncode, int(last[0].removeprefix("writes: ")) if last and last[0].startswith(
        "writes: "
    ) else 0


def ran_twice(system: System) -> dict[str, int]:
    keys = (system.folder / "witness").read_text().split()
    return {key: times for key, times in Counter(keys).items() if times > 1}


@pytest.mark.parametrize("share", range(SLICES))
def test_a_kill_around_any_write_of_a_first_apply(tmp_path: Path, share: int) -> None:
    index = share
    while True:
        system = fresh(tmp_path / f"at-{index}")
        try:
            code, writes = killed_apply(system, index)
            if writes:
                assert index >= 2 * writes
                assert code == 0
                return
            assert code == -9, index
            system.apply()
            assert {row["phase"] for row in system.runs()} == {"Succeeded"}, index
            assert len(system.runs()) == 4, index
            assert ran_twice(system) == {}, f"killed at {index}"
        finally:
            system.stop()
        index += SLICES


def test_a_change_killed_in_the_middle_goes_on_where_it_was(blink: System) -> None:
    blink.apply()
    blink.edit("power: 1", "power: 2")
    for index in range(0, 60, 7):
        if killed_apply(blink, index)[1]:
            break
    blink.apply()
    assert len(blink.trainings()) == 2
    assert ran_twice(blink) == {}


@pytest.mark.torch
def test_a_writer_that_dies_in_each_phase_still_trains_once_and_serves(tmp_path: Path) -> None:
    """The real example, killed a little later each time: objects, runs, a training in two ranks, the rollout."""
    system = System.copy("digits", tmp_path / "digits")
    try:
        codes = [killed_apply(system, index)[0] for index in (5, *range(40, 64, 3))]
        assert codes.count(-9) >= 4
        system.apply()
        (training,) = system.trainings()
        assert (training["phase"], training["attempt"], training["restarts"]) == ("Succeeded", 1, 0)
        assert system.endpoint()["ready"] == 2
    finally:
        system.stop()
