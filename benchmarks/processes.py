"""Whole processes measured in turn, so that a machine whose speed drifts treats them alike."""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, NamedTuple

PROGRAMS = Path(sys.executable).parent
BARE = "a bare interpreter"
BARE_COMMAND = (sys.executable, "-c", "pass")
LIMIT = 900.0
"""Seconds until a process is ended that does not end by itself."""
LAST_WORDS = 300
"""Characters."""


class DidNotEndWell(Exception):
    """What a process was, its exit code, and the last that it said."""


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


def taken(command: Sequence[str], variables: Mapping[str, str] | None = None) -> Taken:
    """Runs a command to its end. Python keeps its bytecode, as where it was installed. Raises `DidNotEndWell`."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment.update(variables or {})
    with tempfile.TemporaryFile() as said:
        began = time.perf_counter()
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=said, env=environment)
        usage = _usage_at_its_end(process)
        seconds = time.perf_counter() - began
        if process.returncode:
            raise DidNotEndWell(
                f"{' '.join(command[:3])} …: exit code {process.returncode}, {_last_words(said)}"
            )
    unit = 2**20 if sys.platform == "darwin" else 2**10
    return Taken(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / unit)


def _usage_at_its_end(process: subprocess.Popen[bytes]) -> resource.struct_rusage:
    limit = threading.Timer(LIMIT, process.kill)
    limit.start()
    try:
        _, status, usage = os.wait4(process.pid, 0)
    except BaseException:
        process.kill()
        raise
    finally:
        limit.cancel()
    process.returncode = os.waitstatus_to_exitcode(status)
    return usage


def _last_words(said: IO[bytes]) -> str:
    said.seek(0)
    return " ".join(said.read().decode(errors="replace").split())[-LAST_WORDS:]
