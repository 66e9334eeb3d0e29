"""Whatever key of a good spec is misspelt, a finding stands on that very key."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trimtab.spec.load import load
from trimtab.spec.model import MLSystem
from trimtab.spec.model_shape import keys_of, model_at
from trimtab.spec.positions import Span, SpecPath
from trimtab.spec.text_lines import line_starts

FILE = "mlsystem.yaml"
TEXT = (Path(__file__).parents[2] / "examples" / "digits" / "mlsystem.yaml").read_text(encoding="utf-8")
POSITIONS = load(TEXT, FILE).positions


def keys_of_the_language() -> list[SpecPath]:
    """Every key of the example whose name is the language's and not its author's."""
    return [
        path for path in POSITIONS if path and isinstance(path[-1], str) and model_at(MLSystem, path[:-1])
    ]


KEYS = keys_of_the_language()


def renamed(path: SpecPath, key: str) -> tuple[str, Span]:
    span = POSITIONS.key(path)
    start = line_starts(TEXT)[span.line - 1] + span.column - 1
    text = TEXT[:start] + key + TEXT[start + len(str(path[-1])) :]
    return text, span._replace(end_column=span.column + len(key))


def slips(word: str) -> st.SearchStrategy[str]:
    """One letter dropped, doubled, changed or swapped with its neighbour."""
    place = st.integers(0, len(word) - 1)
    letter = st.sampled_from("abcdefghijklmnopqrstuvwxyz")
    return st.one_of(
        place.map(lambda i: word[:i] + word[i + 1 :]),
        place.map(lambda i: word[:i] + word[i] + word[i:]),
        st.tuples(place, letter).map(lambda x: word[: x[0]] + x[1] + word[x[0] + 1 :]),
        place.map(lambda i: word[:i] + word[i : i + 2][::-1] + word[i + 2 :]),
    )


def is_plain(key: str) -> bool:
    return key not in ("", "y", "n", "on", "no", "off", "yes")


@st.composite
def misspelt(draw: st.DrawFn) -> tuple[SpecPath, str]:
    path = draw(st.sampled_from(KEYS))
    model = model_at(MLSystem, path[:-1])
    assert model is not None
    known = keys_of(model)
    return path, draw(slips(str(path[-1])).filter(lambda key: key not in known and is_plain(key)))


def test_there_are_keys_to_misspell() -> None:
    assert len(KEYS) > 90


@given(misspelt())
@settings(max_examples=300, deadline=None)
def test_a_misspelt_key_is_found_where_it_stands(slip: tuple[SpecPath, str]) -> None:
    text, span = renamed(*slip)
    assert span in {d.span for d in load(text, FILE).diagnostics if d.is_error}


@pytest.mark.parametrize("path", KEYS, ids=lambda path: ".".join(map(str, path)))
def test_snake_case_is_corrected(path: SpecPath) -> None:
    key = "".join(f"_{c.lower()}" if c.isupper() else c for c in str(path[-1]))
    if key == path[-1]:
        return
    text, span = renamed(path, key)
    (finding,) = [d for d in load(text, FILE).diagnostics if d.span == span]
    assert finding.fix is not None
    assert finding.fix.edits[0].text == path[-1]
