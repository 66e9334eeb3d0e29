"""Each code of the compiler has a page, and what the page shows is what happens."""

from __future__ import annotations

import re
from pathlib import Path

import compiled_pages as pages
import pytest
from spec_pages import examples

COMPILER = Path(__file__).parents[3] / "compiler"
page_of = pytest.mark.parametrize("path", pages.pages(), ids=lambda path: path.stem)


@page_of
def test_what_a_page_prints_is_what_is_found(path: Path) -> None:
    for example in examples(path.read_text(encoding="utf-8")):
        assert pages.printed(example.text) == (example.printed or "")


@page_of
def test_a_page_shows_its_own_code_and_then_nothing_wrong(path: Path) -> None:
    found = examples(path.read_text(encoding="utf-8"))
    wrong = [example for example in found if example.printed is not None]
    assert 0 < len(wrong) < len(found)
    for example in wrong:
        assert {d.code for d in pages.findings(example.text)} == {path.stem}


@page_of
def test_a_page_has_the_one_form(path: Path) -> None:
    page = path.read_text(encoding="utf-8")
    assert re.match(rf"# {path.stem}: [a-z`].*[^.\n]\n\n\S", page)
    headings = re.findall(r"^## (.*)$", page, re.MULTILINE)
    assert headings == [h for h in ("Why", "Example", "What to do") if h in headings]
    assert "What to do" in headings


def test_every_code_has_a_page() -> None:
    sources = [source.read_text(encoding="utf-8") for source in COMPILER.rglob("*.py")]
    named = {code for source in sources for code in re.findall(r'"(TT\d{3})"', source)}
    assert named == {path.stem for path in pages.pages()}
