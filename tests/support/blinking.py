"""The smallest system, whose runs end at once and testify that they ran; its commands killed around their writes.

That nothing ran twice is what the workloads themselves say: each leaves a line beside its record at every start.
"""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest
import system_homes
from system_homes import home
from trimtab_cli import ROOT, TRIMTAB, System

KILLED = ROOT / "tests" / "support" / "killed.py"
TESTIMONY = (
    'import os\nwith open(os.environ["TRIMTAB_RECORD"] + "/witness", "a") as file: file.write("ran\\n")\n'
)


@contextmanager
def blinking(request: pytest.FixtureRequest, kind: str, folder: Path) -> Iterator[System]:
    """A new copy in a namespace of its own, with nothing remembered."""
    namespace = f"blink-{uuid.uuid4().hex[:8]}"
    shutil.copytree(
        ROOT / "tests" / "e2e" / "blink", folder, ignore=shutil.ignore_patterns(".trimtab", "__pycache__")
    )
    for script in (folder / "src" / "blink").glob("[!_]*.py"):
        script.write_text(TESTIMONY + script.read_text())
    System(folder).edit("namespace: blink", f"namespace: {namespace}")
    with home(request, kind, folder, TRIMTAB, namespace) as place:
        yield System(folder, place)


class Killed(NamedTuple):
    code: int
    writes: int
    """Of a command that lived to say it: the index was beyond the last of them."""


def killed_apply(system: System, index: int) -> Killed:
    """See `killed.py` for what an index is."""
    done = subprocess.run(
        [sys.executable, str(KILLED), str(index), "apply", *system.home.arguments],
        cwd=system.folder,
        env=system.variables,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    *_, last = ["", *done.stderr.strip().splitlines()]
    lived = last.startswith("writes: ")
    assert done.returncode == (0 if lived else -signal.SIGKILL), done.stdout + done.stderr
    return Killed(done.returncode, int(last.removeprefix("writes: ")) if lived else 0)


def kill_around_first_applies(
    request: pytest.FixtureRequest, kind: str, folder: Path, indexes: Iterable[int]
) -> int:
    """Each on a system of its own. Ends behind the last write, and gives the number of writes."""
    for index in indexes:
        with blinking(request, kind, folder / f"at-{index}") as system:
            killed = killed_apply(system, index)
            check_settled(system, f"killed at {index}")
        if killed.writes:
            assert index >= 2 * killed.writes
            return killed.writes
    raise AssertionError("indexes ended before the writes did")


def kill_around_updates(system: System, indexes: Iterable[int]) -> int:
    """A new recipe each time: objects that come and go, a run beside the others, and a promotion where models serve."""
    powers = iter(range(1, 10_000))

    def change() -> None:
        power = next(powers)
        system.edit(f"power: {power}}}", f"power: {power + 1}}}")

    return _kill_around(system, indexes, change)


def _kill_around(system: System, indexes: Iterable[int], change: Callable[[], None]) -> int:
    system.apply()
    for index in indexes:
        change()
        killed = killed_apply(system, index)
        check_settled(system, f"killed at {index}")
        if killed.writes:
            assert index >= 2 * killed.writes
            return killed.writes
    raise AssertionError("indexes ended before the writes did")


def check_settled(system: System, said: str) -> None:
    """After one more apply all is as the spec says: nothing is left to do, nothing is left over, nothing ran twice."""
    system.apply()
    plan = json.loads(system.ok("plan", "--output", "json"))
    assert plan["now"] == [], said
    rows = system.runs()
    trainings = [row for row in rows if row["kind"] == "training"]
    expected = 2 + 2 * len(trainings)  # the data and its contract, once; each model and its evaluation
    assert [(row["phase"], row["attempt"]) for row in rows] == [("Succeeded", 1)] * expected, (said, rows)
    for endpoint in system.status()["endpoints"]:
        assert (endpoint["model"], endpoint["ready"]) == (trainings[0]["record"], 1), said
    assert ran_twice(system) == [], said
    assert system_homes.left_over(system.home, system.namespace) == [], said


def ran_twice(system: System) -> list[str]:
    witnesses = [file for folder in system.home.volumes for file in folder.rglob("witness")]
    assert witnesses
    return [str(file.parent) for file in witnesses if len(file.read_text().splitlines()) > 1]
