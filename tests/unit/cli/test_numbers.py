from __future__ import annotations

import pytest

from trimtab.cli.views.measures import measures
from trimtab.cli.views.numbers import ago, duration, elapsed, number
from trimtab.cli.views.plot import plot
from trimtab.cli.views.sparkline import sparkline


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "<1s"),
        (-1, "<1s"),
        (0.44, "0.4s"),
        (9.99, "10s"),
        (41.2, "41s"),
        (60, "1m"),
        (192, "3m 12s"),
        (3600, "1h"),
        (3660, "1h 1m"),
        (100_000, "1d 3h"),
    ],
)
def test_a_duration_shows_its_two_largest_units(seconds: float, text: str) -> None:
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("value", "text"), [(1437.0, "1437"), (0.98333, "0.9833"), (3e-5, "3e-05"), (-2, "-2")]
)
def test_a_number_keeps_four_digits(value: float, text: str) -> None:
    assert number(value) == text


def test_what_has_not_ended_has_taken_until_now() -> None:
    assert elapsed("2027-01-15T07:59:00Z", "", 1_800_000_000.0) == 60
    assert elapsed("2027-01-15T07:59:00Z", "2027-01-15T07:59:05Z", 1_800_000_000.0) == 5
    assert elapsed("", "", 0) is None
    assert ago("2027-01-15T07:59:00Z", 1_800_000_000.0) == "1m ago"


def test_a_sparkline_goes_from_the_highest_to_the_lowest_block() -> None:
    assert sparkline([4, 3, 2, 1]) == "█▆▃▁"


def test_a_sparkline_of_one_value_or_none() -> None:
    assert sparkline([]) == ""
    assert sparkline([7, 7]) == "▅▅"


def test_a_long_sparkline_is_averaged_to_its_width() -> None:
    assert sparkline([0.0] * 500 + [1.0] * 500, width=4) == "▁▁██"


def test_a_plot_has_its_scale_and_its_size() -> None:
    lines = plot([2.0, 1.0, 0.5], width=10, height=4)
    assert len(lines) == 4
    assert lines[0].startswith("  2 ┤")
    assert lines[-1].startswith("0.5 ┤")
    assert {len(line) for line in lines} == {len("0.5 ┤") + 10}


def test_a_falling_curve_starts_at_the_top_left_and_ends_at_the_bottom_right() -> None:
    first, *_, last = plot([1.0, 0.0], width=6, height=3)
    blank = "\u2800"
    assert first[3] != blank
    assert first[-1] == blank
    assert last[3] == blank
    assert last[-1] != blank


def test_measures_prefer_curves_and_keep_a_line_short() -> None:
    told = measures({"loss": 0.5, "accuracy": 0.98, "rows": 9, "more": 1}, {"loss": [2.0, 1.0, 0.5]})
    assert told == ("loss █▃▁ 2 → 0.5", "accuracy 0.98", "rows 9")


def test_a_metric_that_is_not_a_number_says_so() -> None:
    assert measures({"loss": None}, {}) == ("loss NaN",)
