"""Each code's page is its documentation and its test: what the page shows is what happens."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import spec_pages as pages

from trimtab.spec.explain import codes, explain_code, title_of

SOURCES = Path(__file__).parents[3]
WITHOUT_EXAMPLE = {"TT003", "TT115", "TT319"}
"""What takes a million characters, a second file, or a migration to show."""

page_of = pytest.mark.parametrize("path", pages.pages(), ids=lambda path: path.stem)


@page_of
def test_a_page_has_the_one_form(path: Path) -> None:
    page = path.read_text(encoding="utf-8")
    assert re.match(rf"# {path.stem}: [a-z`].*[^.\n]\n\n\S", page), (
        "the title says what is wrong, in lower case"
    )
    headings = re.findall(r"^## (.*)$", page, re.MULTILINE)
    assert headings == [h for h in ("Why", "Example", "What to do") if h in headings]
    assert "What to do" in headings


@page_of
def test_what_a_page_prints_is_what_check_prints(path: Path) -> None:
    for example in pages.examples(path.read_text(encoding="utf-8")):
        assert pages.printed(example.text) == (example.printed or "")


@page_of
def test_a_page_shows_its_own_code_and_then_nothing_wrong(path: Path) -> None:
    examples = pages.examples(path.read_text(encoding="utf-8"))
    if path.stem in WITHOUT_EXAMPLE:
        return
    wrong = [e for e in examples if e.printed is not None]
    assert wrong, "a page shows at least one spec that gives its code"
    assert len(wrong) < len(examples), "and one that is right"
    for example in wrong:
        assert path.stem in {d.code for d in pages.findings(example.text)}


def test_every_code_that_the_sources_name_has_a_page() -> None:
    named = {
        code
        for source in SOURCES.glob("*/trimtab/**/*.py")
        for code in re.findall(r'"(TT\d{3})"', source.read_text(encoding="utf-8"))
    }
    assert {c for c in named if c < "TT2"} <= set(codes())


def test_explain_prints_the_page() -> None:
    page = explain_code("tt012")
    assert page is not None
    assert page.startswith("# TT012: ")
    assert title_of("TT012") == page.splitlines()[0].removeprefix("# TT012: ")


@pytest.mark.parametrize("code", ["TT999", "", "../../x", "README"])
def test_explain_knows_no_other_page(code: str) -> None:
    assert explain_code(code) is None
