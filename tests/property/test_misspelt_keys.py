"""Whatever key of a good spec is misspelt, a finding stands on that very key; in overrides, too."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trimtab.spec.diagnostic import Diagnostic
from trimtab.spec.load import load
from trimtab.spec.model import MLSystem
from trimtab.spec.model.base import Model
from trimtab.spec.model_shape import keys_of, model_at
from trimtab.spec.positions import Span, SpecPath
from trimtab.spec.resolve import resolve
from trimtab.spec.text_lines import line_starts

FILE = "mlsystem.yaml"
ROOT = Path(__file__).parents[2]
SPECS = (
    ROOT / "examples" / "digits" / "mlsystem.yaml",
    ROOT / "tests" / "unit" / "spec_model" / "specs" / "fraud.yaml",
    ROOT / "tests" / "unit" / "spec_model" / "specs" / "everything.yaml",
)


class Place(NamedTuple):
    """A key of the language in a good spec; not one that its author chose."""

    text: str
    path: SpecPath
    span: Span

    @property
    def key(self) -> str:
        return str(self.path[-1])

    @property
    def name(self) -> str:
        return ".".join(map(str, self.path))


def meant(path: SpecPath) -> type[Model] | None:
    """What the key at `path` is a key of. An override is a part of the spec."""
    inside = path[4:] if path[3:4] == ("overrides",) else path[1:]
    return model_at(MLSystem, ("spec", *inside)[:-1] if path[:1] == ("spec",) and inside else path[:-1])


def places(file: Path) -> list[Place]:
    text = file.read_text(encoding="utf-8")
    positions = load(text, FILE).positions
    return [
        Place(text, path, positions.key(path))
        for path in positions
        if path and isinstance(path[-1], str) and meant(path) is not None
    ]


PLACES = [place for file in SPECS for place in places(file)]
CAMEL = [place for place in PLACES if place.key != place.key.lower()]


def misspell(place: Place, key: str) -> tuple[str, Span]:
    start = line_starts(place.text)[place.span.line - 1] + place.span.column - 1
    text = place.text[:start] + key + place.text[start + len(place.key) :]
    return text, place.span._replace(end_column=place.span.column + len(key))


def findings(text: str, path: SpecPath) -> tuple[Diagnostic, ...]:
    environment = str(path[2]) if path[3:4] == ("overrides",) else None
    return resolve(load(text, FILE), environment).diagnostics


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
def misspelt(draw: st.DrawFn) -> tuple[Place, str]:
    place = draw(st.sampled_from(PLACES))
    model = meant(place.path)
    assert model is not None
    known = keys_of(model)
    return place, draw(slips(place.key).filter(lambda key: key not in known and is_plain(key)))


def test_there_are_keys_to_misspell() -> None:
    assert len({(meant(place.path), place.key) for place in PLACES}) > 440
    assert any("overrides" in place.path for place in PLACES)


@given(misspelt())
@settings(max_examples=300, deadline=None)
def test_a_misspelt_key_is_found_where_it_stands(slip: tuple[Place, str]) -> None:
    text, span = misspell(*slip)
    assert span in {d.span for d in findings(text, slip[0].path) if d.is_error}


@pytest.mark.parametrize("place", CAMEL, ids=lambda place: place.name)
def test_snake_case_is_corrected(place: Place) -> None:
    text, span = misspell(place, "".join(f"_{c.lower()}" if c.isupper() else c for c in place.key))
    (finding,) = [d for d in findings(text, place.path) if d.span == span]
    assert finding.fix is not None
    assert finding.fix.edits[0].text == place.key
