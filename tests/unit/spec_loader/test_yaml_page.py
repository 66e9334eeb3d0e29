"""docs/yaml.md says what each scalar is read as, and what is found in odd texts: each row of both tables is read."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from trimtab.spec.yaml_reader import read

PAGE = (Path(__file__).parents[3] / "docs" / "yaml.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| (`.*?) \| (.*?) \| (.*?) \|$", re.MULTILINE)
LATER = {"TT104", "TT109"}
"""What only the schema finds."""


ODDITIES: dict[str, str] = {
    "a byte order mark at the start, CRLF line ends": "\ufeffa: 1\r\nb: 2\r\n",
    "bytes that are not UTF-8": b"a: \xff\n".decode(errors="surrogateescape"),
    "NUL and other controls, a byte order mark inside, a lone carriage return, U+2028, text that runs backwards":
        "a: \0\nb: \x07\nc: \ufeff\nd: \r.\ne: \u2028\nf: \u202e\n",
    "a no-break or zero-width space in a plain key or value": "a\u00a0b: 1\nc: d\u200be\n",
    "more than 1,000,000 characters, or 50,000 keys and values": "a: [" + "1, " * 50_001 + "]\n",
    "no document, comments alone": "# nothing\n",
    "a tab that indents": "a:\n\tb: 1\n",
    "`key:value`": "a:1\nb: 2\n",
    "a key given twice": "a: 1\na: 2\n",
    "`1:`, `true:`, `~:`": "1: a\ntrue: b\n~: c\n",
    "`{{ name }}`": "a: {{ name }}\n",
    "`!tag`": "a: !tag b\n",
    "`<<:`": "a: 1\n<<: 2\n",
    "a second document": "a: 1\n---\nb: 2\n",
    "an alias": "a: &x 1\nb: *x\n",
    "an alias without its anchor, or inside it": "a: *x\nb: &y [*y]\n",
    "aliases that add more than 10,000 values": "\n".join(
        ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
        + [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 9)]
    ),
    "more than 64 levels": "a: " + "[" * 2_000 + "]" * 2_000 + "\n",
}  # fmt: skip
"""A text for each row of the second table."""
SEVERAL = {"NUL": 6, "a no-break": 2, "`1:`": 3}
"""How many things a row names, by its first words."""
"""How often the code is found, where a row names several things."""


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


def structure() -> list[tuple[str, str]]:
    table = PAGE.partition("## Text and structure")[2].partition("\n\n`trimtab")[0]
    return re.findall(r"^\| (?!what|---)(.*?) \| (.*?) \|$", table, re.MULTILINE)


def test_there_is_a_text_for_each_row() -> None:
    assert [what for what, _ in structure()] == list(ODDITIES)


@pytest.mark.parametrize(("what", "finding"), structure())
def test_an_odd_text_gives_what_the_page_says(what: str, finding: str) -> None:
    found = [d.code for d in read(ODDITIES[what], "x.yaml").diagnostics]
    assert set(found) == set(re.findall(r"TT\d{3}", finding))
    assert len(found) == next((n for word, n in SEVERAL.items() if what.startswith(word)), len(found))
