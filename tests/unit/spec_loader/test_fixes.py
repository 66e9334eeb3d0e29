"""Fixes edit the text where they say, and nothing else."""

from __future__ import annotations

from trimtab.spec.diagnostic import Applicability, Diagnostic, Edit, Fix
from trimtab.spec.fixes import apply_fixes
from trimtab.spec.positions import Span

FILE = "x.yaml"


def finding(
    column: int, end: int, text: str, trust: Applicability = Applicability.SAFE, line: int = 1
) -> Diagnostic:
    span = Span(FILE, line, column, line, end)
    return Diagnostic("TT999", "wrong", span, fix=Fix("right it", trust, (Edit(span, text),)))


def test_edits_keep_everything_around_them() -> None:
    text = "a: no  # why\r\nb: é1\n"
    found = [finding(4, 6, '"no"'), finding(4, 6, "2", line=2)]
    assert apply_fixes(text, FILE, found).text == 'a: "no"  # why\r\nb: 2\n'


def test_a_byte_order_mark_does_not_shift_them() -> None:
    assert apply_fixes("\ufeffa: no", FILE, [finding(4, 6, '"no"')]).text == '\ufeffa: "no"'


def test_of_two_that_overlap_the_first_is_applied() -> None:
    first, second = finding(1, 4, "x"), finding(3, 5, "y")
    fixed = apply_fixes("abcdef", FILE, [first, second])
    assert fixed.text == "xdef"
    assert fixed.applied == (first,)


def test_an_insertion_is_an_edit_of_no_width() -> None:
    assert apply_fixes("a:1", FILE, [finding(3, 3, " ")]).text == "a: 1"


def test_unsafe_ones_are_applied_only_when_asked() -> None:
    found = [finding(1, 2, "x", Applicability.UNSAFE), finding(3, 4, "y", Applicability.DISPLAY_ONLY)]
    assert apply_fixes("abc", FILE, found).text == "abc"
    assert apply_fixes("abc", FILE, found, unsafe=True).text == "xbc"


def test_edits_of_one_fix_are_applied_together_or_not_at_all() -> None:
    edits = (Edit(Span(FILE, 1, 1, 1, 2), "x"), Edit(Span(FILE, 1, 4, 1, 5), "y"))
    both = Diagnostic("TT999", "wrong", edits[0].span, fix=Fix("both", Applicability.SAFE, edits))
    assert apply_fixes("abcd", FILE, [both]).text == "xbcy"
    assert apply_fixes("abcd", FILE, [finding(4, 5, "z"), both]).text == "abcz"


def test_other_files_are_left_alone() -> None:
    assert apply_fixes("abc", "other.yaml", [finding(1, 2, "x")]).text == "abc"
