"""What the plain reader reads, the whole reader reads too, and finds nothing in it; positions made later are the same."""

from __future__ import annotations

from pathlib import Path

import pytest
import spec_corpus
from hypothesis import example, given, settings
from hypothesis import strategies as st
from yaml_texts import ANY, SOUND

from trimtab.spec.text_lines import BOM
from trimtab.spec.yaml_builder import MAX_NODES
from trimtab.spec.yaml_plain import plain_tree
from trimtab.spec.yaml_reader import read
from trimtab.spec.yaml_text import refused_text

FILE = "x.yaml"
SPECS = [
    *spec_corpus.CORPUS.parent.glob("unit/*/specs/*.yaml"),
    *spec_corpus.CORPUS.parents[1].glob("examples/*/mlsystem.yaml"),
]
UNUSUAL = ["&a 1", "*a", "!t 1", "no", "0755", "1_0", ".nan", "9" * 30, "<<", "? a", "a\u00a0b", "- x"]  # fmt: skip
"""Pieces that only the whole reader knows what to do with."""


def agree(text: str) -> bool:
    """Whether the plain reader took the text; if so, both must have read the same."""
    if refused_text(text, FILE):
        return False
    plain, document = plain_tree(text.removeprefix(BOM)), read(text, FILE)
    if plain is not None:
        assert repr(plain) == repr(document.tree)
        assert document.diagnostics == ()
        assert not document.anchored
        assert not document.rejected
    return plain is not None


@given(st.one_of(SOUND, ANY))
@settings(max_examples=300, deadline=None)
@example("a: {a: 1, a: 2}\n")
@example("a: 1\n---\nb: 2\n")
@example("a: 1\n...\n")
@example("%YAML 1.2\n---\na: 1\n")
@example("[1]\n")
@example("a:\n- b: " + "[" * 63 + "]" * 63 + "\n")
def test_on_any_text(text: str) -> None:
    agree(text)


@given(SOUND, st.sampled_from(UNUSUAL), st.integers(0, 300))
@settings(max_examples=300, deadline=None)
def test_on_texts_with_something_unusual(text: str, piece: str, place: int) -> None:
    agree(text[:place] + piece + text[place:])


@pytest.mark.parametrize("path", spec_corpus.specs(), ids=lambda path: path.stem)
def test_on_wrong_specs(path: Path) -> None:
    agree(spec_corpus.read_bytes(path))


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.parent.name + "-" + path.stem)
def test_sound_specs_are_plain_and_their_positions_come_later(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert agree(text)
    later, whole = read(text, FILE, quick=True).positions, read(text, FILE).positions
    assert [(p, later.get(p)) for p in later] == [(p, whole.get(p)) for p in whole]


@pytest.mark.parametrize("depth", [63, 64, 65])
def test_neither_goes_deeper_than_the_other(depth: int) -> None:
    text = "a: " + "[" * depth + "]" * depth + "\n"
    assert agree(text) == (depth < 64)


@pytest.mark.parametrize(("more", "taken"), [(0, True), (1, False)])
def test_too_many_nodes_are_left_to_the_whole_reader(more: int, taken: bool) -> None:
    """The root and the list are nodes, too."""
    text = "a: [" + (MAX_NODES - 2 + more) * "1," + "]\n"
    assert (plain_tree(text) is not None, bool(read(text, FILE).diagnostics)) == (taken, not taken)
