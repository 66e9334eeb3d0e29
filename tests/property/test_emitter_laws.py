"""Whatever tree is emitted, readers of YAML 1.1 and of YAML 1.2 read that tree."""

from __future__ import annotations

import io
import math
from typing import Any

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from trimtab.compiler.emit import document

TRICKY = st.sampled_from([
    "no", "y", "1e3", "0o17", "0x1F", "12:30", "1_0", "<<", "=", ".inf", "-.5", "~", "null", "a: b", "- a", "x\n",
    "1Gi", "\n", " a", "a\n b", "a\n\n", "\ta", "a\n\tb", "a\r\nb", "\u2028", "\x85", "é\nü", "#", "a #", "0e1",
    "a\n \nb", "a:", "-", "--- a", "...", "2026-11-01", "1-a", "-1-a", "01-x.yaml", "|", "\ufeffa", "𝒳", "\x7f",
])  # fmt: skip
TEXTS = (
    st.text(st.characters(codec="utf-8"), max_size=20) | st.text("a1 -:#\n\t'\"e.0xy", max_size=12) | TRICKY
)
SCALARS = (
    TEXTS
    | st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63)
    | st.floats(allow_nan=False, allow_infinity=False)
)
TREES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=20,
)


@settings(deadline=None, max_examples=400)
@given(TREES)
def test_both_versions_read_what_was_meant(tree: Any) -> None:
    text = document(tree)
    assert same(yaml.safe_load(text), tree)
    assert same(YAML(typ="safe", pure=True).load(io.StringIO(text)), tree)


@settings(deadline=None, max_examples=200)
@given(st.lists(st.dictionaries(TEXTS, SCALARS, min_size=1, max_size=3), min_size=2, max_size=4))
def test_documents_of_a_stream_stay_apart(trees: list[Any]) -> None:
    text = "---\n".join(document(tree) for tree in trees)
    assert all(map(same, yaml.safe_load_all(text), trees))


def same(read: Any, meant: Any) -> bool:
    """Equal, and of the same types: `1` is not `True`, nor `1.0`."""
    if type(read) is not type(meant):
        return False
    if isinstance(meant, dict):
        return list(read) == list(meant) and all(same(read[key], meant[key]) for key in meant)
    if isinstance(meant, list):
        return len(read) == len(meant) and all(map(same, read, meant))
    return bool(read == meant) and (
        not isinstance(meant, float) or math.copysign(1, read) == math.copysign(1, meant)
    )
