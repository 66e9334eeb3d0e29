"""A system in a folder of its own, driven by the real command line, as a user would, wherever it lives."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from local_home import LocalHome
from system_homes import Home, home

ROOT = Path(__file__).resolve().parents[2]
TRIMTAB = Path(sys.executable).with_name("trimtab")


PATIENCE = 1200.0
"""Seconds for what trains and serves with torch, on a machine that others use too."""


@dataclass(frozen=True)
class System:
    """A copy of an example. Its engine is stopped when a test ends, whatever happened."""

    folder: Path
    lives_at: Home | None = None
    """On this machine where nothing is said."""
    program: Path = TRIMTAB

    @classmethod
    def copy(cls, example: str, folder: Path) -> System:
        shutil.copytree(
            ROOT / "examples" / example, folder, ignore=shutil.ignore_patterns(".trimtab", "__pycache__")
        )
        return cls(folder)

    @property
    def namespace(self) -> str:
        found = re.search(r"\bnamespace: ([\w-]+)", self.spec.read_text())
        assert found is not None
        return found[1]

    @property
    def home(self) -> Home:
        return self.lives_at or LocalHome(self.folder)

    @property
    def spec(self) -> Path:
        return self.folder / "mlsystem.yaml"

    @property
    def state(self) -> Path:
        return self.folder / ".trimtab" / "laptop"

    def command(self, *arguments: str) -> list[str]:
        return [str(self.program), *arguments, *self.home.arguments]

    @property
    def variables(self) -> dict[str, str]:
        return {**os.environ, "NO_COLOR": "1", "COLUMNS": "200", **self.home.variables}

    def run(self, *arguments: str, timeout: float = PATIENCE) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command(*arguments),
            cwd=self.folder,
            env=self.variables,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )

    def ok(self, *arguments: str, timeout: float = PATIENCE) -> str:
        """The command's standard output; the test fails with both of its outputs if it didn't end with 0."""
        done = self.run(*arguments, timeout=timeout)
        assert done.returncode == 0, (
            f"trimtab {' '.join(arguments)}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        )
        return done.stdout

    def apply(self) -> None:
        self.ok("apply")

    def status(self) -> dict[str, Any]:
        done = self.run("status", "--output", "json")
        assert done.stdout, done.stderr
        whole: dict[str, Any] = json.loads(done.stdout)
        return whole

    def endpoint(self) -> dict[str, Any]:
        (only,) = self.status()["endpoints"]
        found: dict[str, Any] = only
        return found

    def runs(self) -> list[dict[str, Any]]:
        """The whole ledger, newest first."""
        rows: list[dict[str, Any]] = json.loads(self.ok("runs", "--output", "json"))
        return rows

    def trainings(self) -> list[dict[str, Any]]:
        return [row for row in self.runs() if row["kind"] == "training"]

    def edit(self, pattern: str, replacement: str) -> None:
        text, count = re.subn(pattern, replacement, self.spec.read_text())
        assert count == 1, f"{pattern} stands {count} times in the spec"
        self.spec.write_text(text)

    def stop(self) -> None:
        self.run("stop", timeout=60)


@contextmanager
def living(
    request: pytest.FixtureRequest, kind: str, example: str, folder: Path, namespace: str = ""
) -> Iterator[System]:
    """A copy of an example that lives on `kind`, here or on a cluster; in another namespace than its own where one is
    given. Nothing of it runs afterwards."""
    system = System.copy(example, folder)
    if namespace:
        system.edit(f"namespace: {example}", f"namespace: {namespace}")
    with home(request, kind, folder, system.program, namespace or example) as place:
        yield replace(system, lives_at=place)


def wait_for(what: str, condition: Callable[[], object], seconds: float = 60) -> Any:
    """The first true value of `condition`; fails with `what` when the time is up."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        value = condition()
        if value:
            return value
        time.sleep(0.05)
    raise AssertionError(f"not within {seconds:g} s: {what}")
