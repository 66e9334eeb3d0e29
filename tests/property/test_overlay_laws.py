"""Laws of overlays, whatever the trees: nothing changes nothing, twice is once, null removes, the rest stays."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from trimtab.spec.overlay import merge
from trimtab.spec.shape.places import SPEC

LEAVES = (
    st.booleans()
    | st.integers(-3, 3)
    | st.sampled_from(["a", "10m", "1Gi"])
    | st.lists(st.integers(0, 3), max_size=2)
)
KEYS = st.sampled_from(
    ["data", "compute", "pools", "gpu", "nodes", "min", "max", "training", "x", "stores", "uri", "volume"]
)
TREES: st.SearchStrategy[dict[str, Any]] = st.dictionaries(
    KEYS,
    st.recursive(LEAVES, lambda inner: st.dictionaries(KEYS, inner, max_size=3), max_leaves=8),
    max_size=4,
)


def merged(base: dict[str, Any], over: dict[str, Any]) -> Any:
    return merge(base, over, SPEC, ("spec",))


def leaves(tree: Any, at: tuple[str, ...] = ("spec",)) -> dict[tuple[str, ...], Any]:
    if not isinstance(tree, dict) or not tree:
        return {at: tree}
    return {path: leaf for key, value in tree.items() for path, leaf in leaves(value, (*at, key)).items()}


@given(TREES)
def test_nothing_changes_nothing(base: dict[str, Any]) -> None:
    assert merged(base, {}).tree == base


@given(TREES, TREES)
def test_every_leaf_of_an_override_is_there_and_told_of(base: dict[str, Any], over: dict[str, Any]) -> None:
    result = merged(base, over)
    found = leaves(result.tree)
    told = {*result.replaced, *result.idle}
    for path, leaf in leaves(over).items():
        if path != ("spec",) and leaf != {}:
            assert found[path] == leaf
            assert any(path[:n] in told for n in range(1, len(path) + 1))


@given(TREES, TREES)
def test_twice_is_once_and_the_second_time_idle(base: dict[str, Any], over: dict[str, Any]) -> None:
    once = merged(base, over).tree
    again = merged(once, over)
    assert again.tree == once
    assert again.replaced == []
    assert again.removed == []


@given(TREES, st.data())
def test_null_removes_that_key_alone(base: dict[str, Any], data: st.DataObject) -> None:
    if not base:
        return
    key = data.draw(st.sampled_from(sorted(base)))
    result = merged(base, {key: None})
    assert result.tree == {other: value for other, value in base.items() if other != key}
    assert result.removed == [("spec", key)]


@given(TREES, TREES)
def test_neither_tree_is_touched(base: dict[str, Any], over: dict[str, Any]) -> None:
    before = repr((base, over))
    merged(base, over)
    assert repr((base, over)) == before
