"""What code scanning reads: SARIF that the standard's own schema accepts, and GitHub's annotations, byte for byte."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft4Validator
from spec_corpus import FILE, findings, read_bytes, specs

from trimtab.cli.main import main
from trimtab.spec.diagnostic import Applicability, Diagnostic, Edit, Fix, Note, Severity
from trimtab.spec.positions import Span
from trimtab.spec.render import render
from trimtab.spec.render.sarif import SCHEMA

STANDARD: dict[str, Any] = json.loads(Path(__file__).with_name("sarif-schema-2.1.0.json").read_text())
JUDGE = Draft4Validator(STANDARD)

SPEC = """\
apiVersion: trimtab.dev/v1
kind: MLSystem
metadata: {name: fraud}
spec:
  training:
    classifier:
      command: [python, train.py]
      pool: gpus
      num_workers: 2
"""


def problems(log: str) -> list[str]:
    return [f"{error.json_path}: {error.message}" for error in JUDGE.iter_errors(json.loads(log))]


def test_the_address_in_a_log_is_that_of_the_schema() -> None:
    assert STANDARD["id"] == SCHEMA


def test_the_schema_is_no_rubber_stamp() -> None:
    log = json.loads(render("sarif", findings(SPEC), {FILE: SPEC}))
    log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["region"]["startLine"] = 0
    assert problems(json.dumps(log))


@pytest.mark.parametrize("path", specs(), ids=lambda path: path.stem)
def test_the_log_of_every_wrong_spec_is_sarif(path: Path) -> None:
    text = read_bytes(path)
    assert problems(render("sarif", findings(text), {FILE: text})) == []


def test_a_log_with_everything_is_sarif() -> None:
    span = Span("teams/risk & co/ü%.yaml", 3, 1, 4, 1)
    fix = Fix(
        "write `nodes`", Applicability.UNSAFE, (Edit(span, "nodes"), Edit(span._replace(file="b.yaml"), ""))
    )
    notes = (Note("said without a place"), Note("here", span))
    found = [Diagnostic("TT999", "all of it", span, severity, notes, fix) for severity in Severity]
    assert problems(render("sarif", found, {})) == []


def test_each_finding_is_an_annotation_on_its_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "mlsystem.yaml"
    path.write_text(SPEC)
    assert main(["check", "--output", "github", str(path)]) == 1
    assert capsys.readouterr().out == (
        f"::error file={path},line=8,col=13,endLine=8,endColumn=17,title=Trimtab TT201::"
        "no pool `gpus` in compute.pools, which is empty; declare it there\n"
        f"::error file={path},line=9,col=7,endLine=9,endColumn=18,title=Trimtab TT101::"
        "`classifier` has no key `num_workers`; did you mean `nodes`?%0Ahelp: write `nodes`\n"
    )
