"""`fmt`: one layout, comments kept, meaning never touched."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from trimtab.spec.fmt import format_text

EXAMPLE = Path(__file__).parents[3] / "examples" / "digits" / "mlsystem.yaml"


def formatted(text: str) -> str:
    result = format_text(dedent(text).lstrip("\n"), "x.yaml")
    assert isinstance(result, str), result
    return result


def unchanged(text: str) -> None:
    text = dedent(text).lstrip("\n")
    assert formatted(text) == text


def test_the_example_is_in_form() -> None:
    text = EXAMPLE.read_text(encoding="utf-8")
    assert format_text(text, "x.yaml") == text


def test_two_spaces_a_level_lists_below_their_key() -> None:
    result = formatted("""
        a:
            b:
            - x
            -   y
            c:
                  - d: 1
                    e: 2
        """)
    assert result == dedent("""\
        a:
          b:
            - x
            - y
          c:
            - d: 1
              e: 2
        """)


def test_one_space_where_one_is_due_in_flow_style() -> None:
    assert formatted("a:   { b : 1,c: [ 1 ,2 ], d: }\n") == "a: {b: 1, c: [1, 2], d: }\n"


def test_comments_follow_the_level_they_stand_at() -> None:
    result = formatted("""
        # top
        a:   # beside
             # above b
             b: 1


             # last in a
        # at the root
        c: 2    # end
        """)
    assert result == dedent("""\
        # top
        a:  # beside
          # above b
          b: 1

          # last in a
        # at the root
        c: 2  # end
        """)


def test_texts_of_several_lines_keep_what_they_say() -> None:
    result = formatted("""
        a:
            b: |
                one

                  two
            c: "x
              y"
            d: >-
               folded
               text
        """)
    assert result == dedent("""\
        a:
          b: |
              one

                two
          c: "x
            y"
          d: >-
             folded
             text
        """)


def test_trailing_spaces_of_a_literal_are_meaning() -> None:
    unchanged("a: |\n  x  \n  y\nb: 1\n")


def test_a_literal_that_ends_without_a_line_break_is_left_so() -> None:
    unchanged("a: |\n  x")


def test_blank_lines_that_a_literal_keeps_are_meaning() -> None:
    unchanged("a: |+\n  x\n\n\n\nb: 1\n")


def test_blank_lines_carriage_returns_and_byte_order_marks_go() -> None:
    assert format_text("\ufeff\r\n\r\na: 1\r\n\r\n\r\n\r\nb: 2\r\n\r\n", "x.yaml") == "a: 1\n\nb: 2\n"


def test_sections_are_put_in_order_with_their_comments() -> None:
    result = formatted("""
        # yaml-language-server: $schema=x
        spec:
          # what is served
          deployment: {}

          # what is learnt
          training: {}
        kind: MLSystem
        apiVersion: trimtab.dev/v1
        """)
    assert result == dedent("""\
        # yaml-language-server: $schema=x
        apiVersion: trimtab.dev/v1
        kind: MLSystem
        spec:
          # what is learnt
          training: {}

          # what is served
          deployment: {}
        """)


def test_an_alias_stays_below_its_anchor() -> None:
    unchanged("spec:\n  training: &x {a: 1}\n  data: *x\nkind: MLSystem\n")


def test_sections_with_a_question_mark_stay() -> None:
    unchanged("spec: {}\n?\n  kind\n: MLSystem\n")


def test_names_keep_their_author_s_order() -> None:
    unchanged("spec:\n  training:\n    zebra: {}\n    ant: {}\n")


def test_what_cannot_be_read_is_not_formatted() -> None:
    result = format_text("a: [1\n", "x.yaml")
    assert isinstance(result, tuple)
    assert [d.code for d in result] == ["TT009"]


@pytest.mark.parametrize("text", ["a: 1", "---\na: 1\n...\n", "? a\n: 1\n", "a: &x 1\nb: *x\n", "'a' : 1\n"])
def test_a_second_pass_changes_nothing(text: str) -> None:
    once = formatted(text)
    assert formatted(once) == once
