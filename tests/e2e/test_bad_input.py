"""Wrong specs, broken programs, a broken state: one clear sentence each, at its line, and nothing is lost."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from trimtab_cli import System


@pytest.fixture
def blink(tmp_path: Path) -> Iterator[System]:
    shutil.copytree(Path(__file__).parent / "blink", tmp_path / "blink")
    system = System(tmp_path / "blink")
    yield system
    system.stop()


def line_of(system: System, text: str) -> str:
    lines = system.spec.read_text().splitlines()
    return f"mlsystem.yaml:{next(i for i, line in enumerate(lines, 1) if text in line)}"


def test_a_wrong_spec_is_refused_before_anything_is_written(blink: System) -> None:
    blink.edit("reads: \\[numbers\\]\n      params", "reads: [numbr]\n      parms")
    done = blink.run("apply")
    assert done.returncode == 1
    assert line_of(blink, "reads: [numbr]") in done.stderr + done.stdout
    assert line_of(blink, "parms") in done.stderr + done.stdout
    assert not (blink.folder / ".trimtab").exists()


def test_a_wrong_change_leaves_what_runs_as_it_was(blink: System) -> None:
    blink.apply()
    before = blink.runs()
    blink.edit("power: 1", "power: [")
    assert blink.run("apply").returncode == 1
    blink.edit("power: \\[", "power: 1")
    assert blink.runs() == before
    blink.apply()
    assert blink.runs() == before


def test_a_command_that_does_not_exist_is_named_with_its_line(blink: System) -> None:
    blink.edit("command: \\[python, -m, blink.train\\]", "command: [no-such-program]")
    done = blink.run("apply")
    assert done.returncode == 1
    said = done.stdout + done.stderr
    assert "`no-such-program` was not found" in said
    assert line_of(blink, "command: [no-such-program]") in done.stdout
    assert done.stdout.count("was not found") == 1, "one sentence, said once"
    assert {r["run"]: r["phase"] for r in blink.runs()}["mean"] == "Failed"


def test_a_module_that_is_missing_is_named(blink: System) -> None:
    (blink.folder / "src" / "blink" / "train.py").write_text("import no_such_torch\n")
    done = blink.run("apply")
    assert done.returncode == 1
    assert "no_such_torch" in done.stdout + done.stderr


def test_a_script_that_never_reports_is_not_accepted_and_says_why(blink: System) -> None:
    (blink.folder / "src" / "blink" / "judge.py").write_text("print('done')\n")
    done = blink.run("apply")
    assert done.returncode == 1
    assert "reported no metrics" in done.stdout + done.stderr
    assert "closeness >= 0.5" in done.stdout + done.stderr


def test_a_broken_contract_holds_back_what_reads_it(blink: System) -> None:
    blink.edit("rows: {min: 3}", "rows: {min: 30}")
    done = blink.run("apply")
    assert done.returncode == 1
    assert "rows" in done.stdout
    assert "mean" not in {row["run"] for row in blink.runs()}


def test_a_corrupted_state_is_said_and_nothing_runs_again(blink: System) -> None:
    blink.apply()
    blink.ok("stop")
    database = blink.state / "engine.db"
    database.write_bytes(b"this is not a database" * 500)
    for leftover in blink.state.glob("engine.db-*"):
        leftover.unlink()
    done = blink.run("apply")
    assert done.returncode == 0, done.stdout + done.stderr
    assert all(row["recalled"] for row in blink.trainings())
    assert list(blink.state.glob("engine.db*corrupt*")) or list(blink.state.glob("*corrupt*"))


def test_a_missing_code_folder_is_refused_at_its_line(blink: System) -> None:
    shutil.rmtree(blink.folder / "src")
    done = blink.run("apply")
    assert done.returncode == 1
    assert line_of(blink, "code: {path: src}") in done.stdout + done.stderr
