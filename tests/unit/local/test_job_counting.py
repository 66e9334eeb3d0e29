"""Completed indexes as Kubernetes writes them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trimtab.reconciler.local.controllers.job_status import ranges_to_set, set_to_ranges


@pytest.mark.parametrize(
    ("indexes", "text"), [((), ""), ((0,), "0"), ((0, 2), "0,2"), ((0, 1, 2, 5, 6), "0-2,5-6")]
)
def test_ranges(indexes: tuple[int, ...], text: str) -> None:
    assert set_to_ranges(indexes) == text


@given(st.frozensets(st.integers(0, 50)))
def test_ranges_say_exactly_what_is_in_them(indexes: frozenset[int]) -> None:
    assert ranges_to_set(set_to_ranges(indexes)) == indexes
