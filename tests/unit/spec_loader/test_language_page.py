"""docs/language.md: every fragment is of the language, and what it says of `check` holds."""

from __future__ import annotations

import re
from pathlib import Path
from textwrap import indent

import pytest

from trimtab.spec.load import load
from trimtab.spec.synonyms import KEYS

PAGE = (Path(__file__).parents[3] / "docs" / "language.md").read_text(encoding="utf-8")
FRAGMENTS = re.findall(r"^```yaml\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
HEAD = "apiVersion: trimtab.dev/v1\nkind: MLSystem\nmetadata: {name: fraud}\nspec:\n"


@pytest.mark.parametrize("fragment", FRAGMENTS, ids=lambda fragment: fragment.partition(":")[0])
def test_a_fragment_is_of_the_language(fragment: str) -> None:
    found = load(HEAD + indent(fragment, "  "), "language.md").diagnostics
    assert [f"{d.span.line - 4}: {d.message}" for d in found] == []


def test_fragments_show_every_section() -> None:
    shown = set(re.findall(r"^(\w+):", "\n".join(FRAGMENTS), re.MULTILINE))
    assert {"data", "compute", "training", "deployment", "security", "monitoring", "environments"} <= shown


def test_words_of_other_tools_are_known() -> None:
    words = re.findall(r"`([^`]+)`", PAGE.rpartition("names the one meant here:")[2].partition(". Some")[0])
    assert len(words) >= 9
    assert [word for word in words if word.replace("_", "").casefold() not in KEYS] == []
