"""docs/yaml.md says what each scalar is read as: each row is read."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from trimtab.spec.yaml_reader import read

PAGE = (Path(__file__).parents[3] / "docs" / "yaml.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| (`.*?) \| (.*?) \| (.*?) \|$", re.MULTILINE)
LATER = {"TT104", "TT109"}
"""What only the schema finds."""


def rows() -> list[tuple[str, str, str]]:
    """Each scalar of the first table, what it is read as, and what is found."""
    table = PAGE.partition("## Scalars")[2].partition("## Text")[0]
    found = []
    for written, read_as, finding in ROW.findall(table):
        scalars, values = re.findall(r"`(.*?)`", written), re.findall(r"`(.*?)`", read_as) or [read_as]
        values = values * len(scalars) if len(values) == 1 else values
        found += [(scalar, value, finding) for scalar, value in zip(scalars, values, strict=True)]
    return found


def test_the_table_is_read_whole() -> None:
    assert len(rows()) >= 30


@pytest.mark.parametrize(("scalar", "value", "finding"), rows())
def test_a_scalar_is_read_as_the_page_says(scalar: str, value: str, finding: str) -> None:
    document = read(f"a: {scalar}\n", "x.yaml")
    assert document.tree is not None
    found = document.tree["a"]
    if value == "text":
        assert found == scalar
    elif value == "refused":
        assert document.rejected == {("a",)}
    else:
        assert repr(found) == value
    expected = set(re.findall(r"TT\d{3}", finding)) - LATER
    assert {d.code for d in document.diagnostics} == expected
