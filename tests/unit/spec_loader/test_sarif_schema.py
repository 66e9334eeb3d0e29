"""Every SARIF log that the corpus gives is one by the standard's own schema."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import spec_corpus
from jsonschema import Draft7Validator

from trimtab.spec.render import render

SCHEMA = Path(__file__).parents[2] / "data" / "sarif-schema-2.1.0.json"


@pytest.fixture(scope="module")
def validator() -> Any:
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    return Draft7Validator(schema, format_checker=Draft7Validator.FORMAT_CHECKER)


def test_the_schema_refuses_what_is_wrong(validator: Any) -> None:
    log = json.loads(render("sarif", (), {}))
    log["runs"][0]["columnKind"] = "bytes"
    assert not validator.is_valid(log)


def test_all_findings_of_the_corpus_in_one_log(validator: Any) -> None:
    texts = {path.name: spec_corpus.read_bytes(path) for path in spec_corpus.specs()}
    found = [diagnostic for file, text in texts.items() for diagnostic in spec_corpus.findings(text, file)]
    assert len(found) > 150
    log = json.loads(render("sarif", found, texts))
    assert [error.message for error in validator.iter_errors(log)] == []
