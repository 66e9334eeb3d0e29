"""Applies the fixes that diagnostics carry to the text they were found in. Everything else stays as it is.

One pass applies what does not overlap. A fix may uncover the next finding, so a caller checks again and repeats until
nothing is left to apply; each pass shortens the list or ends it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from trimtab.spec.diagnostic import Applicability, Diagnostic, Edit, Fix
from trimtab.spec.text_lines import line_starts


class Fixed(NamedTuple):
    """The new text, and the diagnostics whose fix is in it."""

    text: str
    applied: tuple[Diagnostic, ...]


class _Change(NamedTuple):
    start: int
    end: int
    text: str


def apply_fixes(text: str, file: str, diagnostics: Iterable[Diagnostic], *, unsafe: bool = False) -> Fixed:
    """Apply every safe fix of `diagnostics` that edits `file` alone; the unsafe ones too where asked."""
    starts = line_starts(text)
    changes: list[_Change] = []
    applied: list[Diagnostic] = []
    for diagnostic in diagnostics:
        if diagnostic.fix is None or not _wanted(diagnostic.fix, file, unsafe):
            continue
        new = [_change(edit, starts) for edit in diagnostic.fix.edits]
        if all(_apart(a, b) for a in new for b in changes):
            changes += new
            applied.append(diagnostic)
    return Fixed(_changed(text, changes), tuple(applied))


def apply_edits(text: str, edits: Iterable[Edit]) -> str:
    """`text` with all of `edits`, which must lie apart."""
    starts = line_starts(text)
    return _changed(text, [_change(edit, starts) for edit in edits])


def _wanted(fix: Fix, file: str, unsafe: bool) -> bool:
    trusted = fix.applicability is Applicability.SAFE or (
        unsafe and fix.applicability is Applicability.UNSAFE
    )
    return trusted and bool(fix.edits) and all(edit.span.file == file for edit in fix.edits)


def _change(edit: Edit, starts: list[int]) -> _Change:
    span = edit.span
    start = starts[span.line - 1] + span.column - 1
    return _Change(start, starts[span.end_line - 1] + span.end_column - 1, edit.text)


def _apart(a: _Change, b: _Change) -> bool:
    """Touching counts as overlapping: which of two insertions at one place comes first would be chance."""
    return a.end < b.start or b.end < a.start


def _changed(text: str, changes: list[_Change]) -> str:
    for change in sorted(changes, reverse=True):
        text = text[: change.start] + change.text + text[change.end :]
    return text
