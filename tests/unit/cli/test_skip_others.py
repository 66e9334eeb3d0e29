"""Which YAML files are specs, where a hook names all of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from trimtab.cli.main import main
from trimtab.cli.specs import is_spec

DEPLOYMENT = "apiVersion: apps/v1\nkind: Deployment\n"
TEMPLATE = "{{- if .Values.on }}\nkind: {{ .Values.kind }}\n"


@pytest.mark.parametrize(
    ("name", "text", "ours"),
    [
        ("mlsystem.yaml", "", True),
        ("fraud.mlsystem.yml", "not: ours", True),
        ("mlplatform.yaml", "", True),
        ("fraud.yaml", "# a comment\nkind: MLSystem\napiVersion: trimtab.dev/v1\n", True),
        ("fraud.yaml", "apiVersion: 'trimtab.dev/v9'\n\tbroken", True),
        ("fraud.yaml", '{"apiVersion": "trimtab.dev/v1"}', True),
        ("fraud.yaml", "apiVersion: trimtab.dev/v1\r\nkind: MLSystem\r\n", True),
        ("deployment.yaml", DEPLOYMENT, False),
        ("template.yaml", TEMPLATE, False),
        ("list.yaml", "kind: List\nitems:\n  - apiVersion: trimtab.dev/v1\n", False),
        ("mention.yaml", "# apiVersion: trimtab.dev/v1\nkind: List\n", False),
        ("empty.yaml", "", False),
    ],
)
def test_a_spec_is_known_by_its_name_or_its_version(tmp_path: Path, name: str, text: str, ours: bool) -> None:
    path = tmp_path / name
    path.write_text(text)
    assert is_spec(path) is ours


@pytest.mark.parametrize("command", ["check", "fmt"])
def test_other_files_are_left_alone(tmp_path: Path, command: str) -> None:
    paths = [tmp_path / "deployment.yaml", tmp_path / "template.yaml"]
    for path, text in zip(paths, (DEPLOYMENT, TEMPLATE), strict=True):
        path.write_text(text)
    assert main([command, "--skip-others", *map(str, paths)]) == 0
    assert [path.read_text() for path in paths] == [DEPLOYMENT, TEMPLATE]


def test_a_person_who_names_a_file_means_it(tmp_path: Path) -> None:
    path = tmp_path / "deployment.yaml"
    path.write_text(DEPLOYMENT)
    assert main(["check", str(path)]) == 1


def test_a_file_that_cannot_be_read_is_not_left_out(tmp_path: Path) -> None:
    assert main(["check", "--skip-others", str(tmp_path / "gone.yaml")]) == 2
