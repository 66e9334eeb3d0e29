"""The hook runs before each commit: what it imports is paid by everybody, every time. A set of modules, not a timing."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).parents[2] / "examples" / "digits" / "mlsystem.yaml"
FORBIDDEN = {
    "asyncio", "dataclasses", "email", "git", "http.client", "importlib.metadata", "inspect", "jinja2",
    "logging", "multiprocessing", "numpy", "pydantic.main", "rich", "ruamel", "shtab", "shutil", "socket", "sqlite3", "ssl",
    "subprocess", "tomllib", "torch", "trimtab.compiler", "trimtab.reconciler", "trimtab.runtime", "urllib.request",
}  # fmt: skip
BUDGET = 171
"""Modules of the whole process, the interpreter's own included. Raise it only for something that is worth its time."""

PROBE = """
import atexit, json, sys
from trimtab.cli.main import main
atexit.register(lambda: print(json.dumps(sorted(sys.modules)), file=sys.stderr))
sys.exit(main(sys.argv[1:]))
"""


def _modules(*arguments: str) -> set[str]:
    command = [sys.executable, "-c", PROBE, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return set(json.loads(done.stderr.splitlines()[-1]))


@pytest.fixture(scope="module")
def imported() -> set[str]:
    return _modules("check", str(EXAMPLE))


def test_the_hook_imports_nothing_heavy(imported: set[str]) -> None:
    assert imported & FORBIDDEN == set()


def test_the_hook_stays_within_its_budget(imported: set[str]) -> None:
    assert len(imported) <= BUDGET


def test_help_imports_no_command_and_no_model() -> None:
    imported = _modules("--help")
    assert not any(
        name.startswith(("trimtab.cli.commands.", "trimtab.spec", "pydantic.main")) for name in imported
    )


def test_a_daemon_holds_neither_the_language_nor_the_compiler() -> None:
    """It is there for months, and compiles in a process of its own."""
    probe = "import json, sys, trimtab.cli.commands.daemon, trimtab.reconciler.kubernetes; print(json.dumps([*sys.modules]))"
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert (
        set(json.loads(done.stdout))
        & {
            "pydantic.main",
            "yaml",
            "trimtab.spec.load",
            "trimtab.spec.model",
            "trimtab.compiler.compile",
            "trimtab.reconciler.preparing",
        }
        == set()
    )


def test_who_compiles_does_without_pydantic(tmp_path: Path) -> None:
    """A sound spec needs nobody to explain what is wrong with it."""
    imported = _modules("compile", str(EXAMPLE), "--out", str(tmp_path))
    assert "trimtab.compiler.compile" in imported
    assert not {"pydantic.main", "trimtab.spec.model", "trimtab.spec.schema_errors"} & imported
