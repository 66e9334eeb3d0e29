"""Whole processes measured in turn, so that a machine whose speed drifts treats them alike."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

PROGRAMS = Path(sys.executable).parent
BARE = "a bare interpreter"
BARE_COMMAND = (sys.executable, "-c", "pass")


class Taken(NamedTuple):
    """What one process took: seconds until it ended, seconds of processors, megabytes of its largest process."""

    seconds: float
    cpu: float
    megabytes: float


class Medians(NamedTuple):
    """Of several rounds. `starts` and `cpu_starts` are ratios to the bare interpreter of the same round."""

    seconds: float
    starts: float
    cpu: float
    cpu_starts: float
    megabytes: float


def in_turn(commands: Mapping[str, Sequence[str]], rounds: int) -> dict[str, Medians]:
    """Each command once a round, after the bare interpreter; one round more is not counted, it warms the file cache."""
    every = {BARE: BARE_COMMAND, **commands}
    counted = [{name: taken(command) for name, command in every.items()} for _ in range(rounds + 1)][1:]
    return {name: _medians(name, counted) for name in every}


def _medians(name: str, rounds: Sequence[Mapping[str, Taken]]) -> Medians:
    pairs = [(each[name], each[BARE]) for each in rounds]
    return Medians(
        statistics.median(own.seconds for own, _ in pairs),
        statistics.median(own.seconds / bare.seconds for own, bare in pairs),
        statistics.median(own.cpu for own, _ in pairs),
        statistics.median(own.cpu / bare.cpu for own, bare in pairs),
        statistics.median(own.megabytes for own, _ in pairs),
    )


def taken(command: Sequence[str]) -> Taken:
    """Runs a command to its end; it must end well. Python keeps its bytecode, as where it was installed."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    began = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(command[:3])} …: exit code {process.returncode}")
    unit = 2**20 if sys.platform == "darwin" else 2**10
    return Taken(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / unit)
