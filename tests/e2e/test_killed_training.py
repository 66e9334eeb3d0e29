"""`kill -9` where it hurts: a training in the middle, and everything of Trimtab's own but the shims."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from children import child
from trimtab_cli import TRIMTAB, System, wait_for

pytestmark = pytest.mark.torch


@pytest.fixture
def digits(tmp_path: Path) -> Iterator[System]:
    """A training long enough to be killed in the middle, with checkpoints often enough to matter."""
    system = System.copy("digits", tmp_path / "digits")
    system.edit("epochs: 12", "epochs: 20")
    system.edit("every: 2s", "every: 1s")
    yield system
    system.stop()


def applying(system: System) -> AbstractContextManager[subprocess.Popen[str]]:
    return child(
        [TRIMTAB, "apply"], cwd=system.folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def checkpoints(system: System) -> list[Path]:
    return [p for p in (system.state / "volumes").glob("**/checkpoints/**/*") if p.is_file()]


def command_lines() -> dict[int, list[str]]:
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            found[int(folder.name)] = (folder / "cmdline").read_bytes().decode(errors="replace").split("\0")
        except OSError:
            continue
    return found


def workers(system: System) -> list[int]:
    """The ranks' own processes of this system, below torchrun."""
    pids = [
        pid
        for pid, line in command_lines().items()
        if line[-2:-1] == ["digits.train"] and "--no-python" not in line
    ]
    return [pid for pid in pids if str(system.folder) in str(Path(f"/proc/{pid}/cwd").readlink())]


def torchruns(system: System) -> list[int]:
    pids = [pid for pid, line in command_lines().items() if "--no-python" in line]
    return [pid for pid in pids if str(system.folder) in str(Path(f"/proc/{pid}/cwd").readlink())]


@pytest.mark.parametrize("victims", [workers, torchruns])
def test_a_killed_training_resumes_and_the_ledger_shows_one_run_with_its_restart(
    digits: System, victims: Any
) -> None:
    with applying(digits) as running:
        wait_for("a checkpoint", lambda: checkpoints(digits), 120)
        os.kill(victims(digits)[-1], signal.SIGKILL)
        out, _ = running.communicate(timeout=240)
    assert running.returncode == 0, out
    (training,) = digits.trainings()
    assert (training["phase"], training["attempt"]) == ("Succeeded", 1)
    assert training["restarts"] >= 1
    said = digits.ok("logs", "classifier")
    assert "resum" in said, said[-2000:]


def test_all_but_the_shims_is_killed_and_the_next_command_picks_up(digits: System) -> None:
    with applying(digits):
        wait_for("a checkpoint", lambda: checkpoints(digits), 120)
        before = set(workers(digits))
        host = json.loads((digits.state / "host.json").read_text())["pid"]
    os.kill(host, signal.SIGKILL)
    assert set(workers(digits)) == before
    digits.apply()
    (training,) = digits.trainings()
    assert (training["phase"], training["attempt"], training["restarts"]) == ("Succeeded", 1, 0)
