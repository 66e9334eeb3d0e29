"""Laws of reading, formatting and fixing that hold for every text."""

from __future__ import annotations

from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from yaml_texts import ANY, SOUND

from trimtab.spec.fixes import apply_fixes
from trimtab.spec.fmt import format_text
from trimtab.spec.positions import Span
from trimtab.spec.render import FORMATS, render
from trimtab.spec.text_lines import split_lines, text_at
from trimtab.spec.yaml_reader import Document, read

FILE = "x.yaml"


def inside(span: Span, text: str) -> bool:
    lines = split_lines(text)
    start, end = (span.line, span.column), (span.end_line, span.end_column)
    return (1, 1) <= start <= end and span.line <= len(lines) and span.end_line <= len(lines) + 1


@given(ANY)
@settings(max_examples=200, deadline=None)
def test_reading_never_raises_and_every_span_lies_in_the_text(text: str) -> None:
    document = read(text, FILE)
    assert document.tree is not None or any(d.is_error for d in document.diagnostics)
    for diagnostic in document.diagnostics:
        assert inside(diagnostic.span, text), diagnostic
        assert all(inside(note.span, text) for note in diagnostic.notes if note.span)


@given(ANY)
@settings(max_examples=100, deadline=None)
def test_every_format_shows_whatever_was_found(text: str) -> None:
    found = read(text, FILE).diagnostics
    for output in FORMATS:
        shown = render(output, found, {FILE: text})
        assert output in ("json", "sarif") or "\x1b" not in shown


@given(SOUND)
@settings(max_examples=200, deadline=None)
def test_positions_name_each_key_and_value(text: str) -> None:
    document = read(text, FILE)
    assume(document.tree is not None)
    for path in document.positions:
        entry = document.positions.get(path)
        assert entry is not None
        if entry.key:
            assert text_at(text, entry.key) == path[-1]
        assert inside(entry.value, text)


@given(SOUND)
@settings(max_examples=200, deadline=None)
def test_formatting_keeps_the_meaning_and_is_done_in_one_pass(text: str) -> None:
    before = read(text, FILE)
    assume(sound(before))
    once = format_text(text, FILE)
    assert isinstance(once, str)
    assert read(once, FILE).tree == before.tree
    assert format_text(once, FILE) == once
    assert comments(once) == comments(text)


@given(st.one_of(SOUND, ANY))
@example("[?,")  # whose empty key the parser tells of behind the comma
@settings(max_examples=200, deadline=None)
def test_fixing_ends_and_leaves_nothing_to_fix(text: str) -> None:
    for _ in range(50):
        fixed = apply_fixes(text, FILE, read(text, FILE).diagnostics)
        if not fixed.applied:
            return
        text = fixed.text
    raise AssertionError(f"still fixing: {text!r}")


def sound(document: Document) -> bool:
    return not any(d.is_error for d in document.diagnostics)


def comments(text: str) -> int:
    """A lower bound that formatting may not change: lines that are nothing but a comment."""
    return sum(line.strip() in ("# note", "# deeper") for line in text.splitlines())
