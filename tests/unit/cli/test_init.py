"""`trimtab init`: what it writes is right, and it never takes anything away."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from one_spec import SPEC, Call

from trimtab.cli.exits import Exit
from trimtab.cli.scaffold import NAMES, TEMPLATES


@pytest.mark.parametrize("template", NAMES)
def test_what_init_writes_is_clean_and_in_the_one_form(trimtab: Call, folder: Path, template: str) -> None:
    assert trimtab("init", "My Fraud_2", "--template", template)[0] == Exit.OK
    spec = folder / "My Fraud_2" / "mlsystem.yaml"
    assert "  name: my-fraud-2\n" in spec.read_text()
    assert trimtab("check", str(spec.parent)) == (Exit.OK, "", "no findings in 1 file\n")
    assert trimtab("fmt", "--check", str(spec))[0] == Exit.OK
    assert trimtab("compile", str(spec))[0] == Exit.OK


def test_init_brings_the_schema_its_first_line_names_and_keeps_git_from_the_state(
    trimtab: Call, folder: Path
) -> None:
    trimtab("init")
    first = (folder / "mlsystem.yaml").read_text().splitlines()[0]
    schema = folder / first.removeprefix("# yaml-language-server: $schema=")
    assert json.loads(schema.read_text())["title"] == "MLSystem"
    assert (folder / ".gitignore").read_text() == ".trimtab/\n"


def test_init_never_replaces_what_is_there(trimtab: Call, shop: Path, folder: Path) -> None:
    (folder / ".gitignore").write_text("*.pyc")
    assert trimtab("init")[0] == Exit.OK
    assert shop.read_text() == SPEC
    assert (folder / ".gitignore").read_text() == "*.pyc\n.trimtab/\n"
    other = folder / "other" / "src" / "line" / "train.py"
    other.parent.mkdir(parents=True)
    other.write_text("mine\n")
    assert trimtab("init", "other")[0] == Exit.FAILED
    assert not (folder / "other" / "mlsystem.yaml").exists()


def test_templates_are_all_offered() -> None:
    assert {p.name for p in TEMPLATES.iterdir() if (p / "mlsystem.yaml").exists()} == set(NAMES)
