"""An older spec is brought to this version by edits: comments stay, the meaning stays, nothing is done twice."""

from __future__ import annotations

import subprocess
from pathlib import Path

from trimtab_cli import ROOT, TRIMTAB

from trimtab.spec.load import load

OLD = (
    (ROOT / "examples" / "digits" / "mlsystem.yaml")
    .read_text()
    .replace("trimtab.dev/v1", "trimtab.dev/v1beta1")
    .replace("      nodes: 2\n", "      workers: 2  # two ranks\n")
)


def migrate(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [TRIMTAB, "migrate", "mlsystem.yaml", *options],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


def spec(folder: Path) -> Path:
    file = folder / "mlsystem.yaml"
    file.write_text(OLD)
    return file


def test_an_old_version_is_one_finding_that_names_the_command() -> None:
    (finding,) = load(OLD, "mlsystem.yaml").diagnostics
    assert finding.code == "TT114"
    assert "trimtab migrate" in finding.message + "".join(note.message for note in finding.notes)


def test_it_is_migrated_with_its_comments(tmp_path: Path) -> None:
    file = spec(tmp_path)
    done = migrate(tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    text = file.read_text()
    assert "      nodes: 2  # two ranks\n" in text
    assert text == OLD.replace("v1beta1", "v1").replace("workers: 2", "nodes: 2")
    assert load(text, "mlsystem.yaml").diagnostics == ()


def test_a_second_time_changes_nothing(tmp_path: Path) -> None:
    file = spec(tmp_path)
    migrate(tmp_path)
    once = file.read_text()
    assert migrate(tmp_path).returncode == 0
    assert file.read_text() == once
