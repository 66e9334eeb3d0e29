"""`kill -9` where it hurts, on this machine and on a real cluster: a training in the middle, the engine, the writer."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import uuid
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
import system_homes
from children import child
from system_homes import BOTH
from trimtab_cli import System, living, wait_for

pytestmark = pytest.mark.torch

PATIENCE = 600.0


@pytest.fixture(params=BOTH)
def digits(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[System]:
    """A training long enough to be killed in the middle, with checkpoints often enough to matter."""
    namespace = f"digits-{uuid.uuid4().hex[:8]}"
    with living(request, request.param, "digits", tmp_path / "digits", namespace) as system:
        system.edit("epochs: 12", "epochs: 20")
        system.edit("every: 2s", "every: 1s")
        yield system


def started(system: System, *arguments: str) -> AbstractContextManager[subprocess.Popen[str]]:
    return child(
        system.command(*arguments),
        cwd=system.folder,
        env=system.variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def checkpoints(system: System) -> list[Path]:
    folders = [each for volume in system.home.volumes for each in volume.glob("**/checkpoints")]
    return [path for folder in folders for path in folder.rglob("*") if path.is_file()]


def places(system: System) -> list[int]:
    """How far its checkpoints are; an epoch is 13 long."""
    return [int(path.name.partition("-")[0]) for path in checkpoints(system) if path.suffix == ".pt"]


def torchruns(system: System) -> list[int]:
    """The first process of each Pod that trains."""
    pods = system_homes.pods(system.home, system.namespace, "training")
    return sorted(system_homes.processes(system.home, pods).values())


def workers(system: System) -> list[int]:
    """The ranks' own processes, below torchrun."""
    return [
        child
        for parent in torchruns(system)
        for child in children(parent)
        if command_line(child)[-1] == "digits.train"
    ]


def children(process: int) -> list[int]:
    found = []
    for file in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            if int(file.read_text().rpartition(")")[2].split()[1]) == process:
                found.append(int(file.parent.name))
    return sorted(found)


def command_line(process: int) -> list[str]:
    return Path(f"/proc/{process}/cmdline").read_text().rstrip("\0").split("\0")


@pytest.mark.parametrize("victims", [workers, torchruns])
def test_a_killed_training_resumes_and_the_ledger_shows_one_run_with_its_restart(
    digits: System, victims: Any
) -> None:
    with started(digits, "apply") as running:
        wait_for("a checkpoint behind two epochs", lambda: max(places(digits), default=0) > 26, PATIENCE)
        with started(digits, "logs", "classifier", "--follow") as following:
            os.kill(victims(digits)[-1], signal.SIGKILL)
            out, _ = running.communicate(timeout=PATIENCE)
            said, _ = following.communicate(timeout=PATIENCE)
    assert running.returncode == 0, out
    (training,) = digits.trainings()
    assert (training["phase"], training["attempt"]) == ("Succeeded", 1)
    assert training["restarts"] >= 1
    assert re.search(r"goes on in epoch ([3-9]|1\d)", said), said[-2000:]
    assert said.count("epoch 1/20") == 1, said[-2000:]


def test_writer_and_engine_are_killed_and_the_next_command_picks_up(digits: System) -> None:
    with started(digits, "apply"):
        wait_for("a checkpoint", lambda: checkpoints(digits), PATIENCE)
        before = workers(digits)
    digits.home.kill_engine()
    assert len(before) == 2
    assert [command_line(number)[-1] for number in before] == ["digits.train"] * 2
    digits.home.revive_engine()
    digits.apply()
    (training,) = digits.trainings()
    assert (training["phase"], training["attempt"], training["restarts"]) == ("Succeeded", 1, 0)
