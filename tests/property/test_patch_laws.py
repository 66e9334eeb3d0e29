"""Objects of one's own and changes to objects: the value that was meant, and each field with the line that said it."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from compiled_specs import CLUSTER, SOURCES
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from spec_trees import resolved, tree

from trimtab.compiler import compile_system
from trimtab.compiler.bundle import FieldPath, Manifest, Ref
from trimtab.compiler.patching import merged, operated

KEYS = st.sampled_from(["a", "b", "c", "containers", "spec", "0", "x/y"])
SCALARS = st.one_of(st.integers(-9, 9), st.sampled_from(["", "t", "1"]), st.booleans())
TREES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=12,
)
MAPS = st.dictionaries(KEYS, TREES, min_size=1, max_size=3)
PATCHES = st.dictionaries(
    KEYS,
    st.recursive(st.none() | TREES, lambda inner: st.dictionaries(KEYS, inner, max_size=3), max_leaves=8),
    max_size=3,
)
AT = ("spec", "patches", "p", "merge")


def an_object(content: dict[str, Any]) -> Manifest:
    """Each field of it is said by a line of its own."""
    lines = {place: ("line", *place) for place in places(content)}
    return Manifest(Ref("v1", "Thing", "", "x"), content, lines, {})


def places(value: Any, place: FieldPath = ()) -> list[FieldPath]:
    items: Any = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    return [place, *(inner for key, item in items for inner in places(item, (*place, key)))]


def merge_by_the_book(target: Any, patch: Any) -> Any:
    """RFC 7396, section 2."""
    if not isinstance(patch, dict):
        return patch
    result = dict(target) if isinstance(target, dict) else {}
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = merge_by_the_book(result.get(key), value)
    return result


def value_at(tree: Any, path: tuple[Any, ...]) -> Any:
    for key in path:
        tree = tree[key]
    return tree


@given(content=MAPS, patch=PATCHES)
def test_a_merge_gives_what_the_book_says_and_leaves_the_original_alone(content: Any, patch: Any) -> None:
    before = an_object(content)
    kept = deepcopy(content)
    after = merged(before, patch, AT)
    assert after.body == merge_by_the_book(content, patch)
    assert before.body == kept


@given(content=MAPS, patch=PATCHES)
def test_every_field_is_said_by_whoever_gave_it_its_value(content: Any, patch: Any) -> None:
    after = merged(an_object(content), patch, AT)
    for place in places(after.body):
        origin = after.origin(place)
        if origin[: len(AT)] == AT:
            assert value_at(patch, origin[len(AT) :]) is not None
        else:
            assert origin == ("line", *place)


@given(content=MAPS, value=TREES, data=st.data())
def test_what_is_added_and_removed_again_has_never_been(
    content: Any, value: Any, data: st.DataObject
) -> None:
    before = an_object(content)
    holder = data.draw(
        st.sampled_from([p for p in places(content) if isinstance(value_at(content, p), dict | list)])
    )
    found = value_at(content, holder)
    last = data.draw(st.integers(0, len(found))) if isinstance(found, list) else "new"
    path = "".join(f"/{str(key).replace('~', '~0').replace('/', '~1')}" for key in (*holder, last))
    after = operated(before, [{"op": "add", "path": path, "value": value}], AT)
    assert after.origin((*holder, last)) == (*AT, 0, "value")
    again = operated(after, [{"op": "remove", "path": path}], AT)
    assert again.body == content
    assert [again.origin(place) for place in places(content)] == [
        before.origin(place) for place in places(content)
    ]


@settings(deadline=None, max_examples=60)
@given(content=st.dictionaries(st.sampled_from(["spec", "data", "a", "b"]), TREES, max_size=3))
def test_an_object_of_one_s_own_is_what_was_written(content: Any) -> None:
    thing = {"apiVersion": "a.b/v1", "kind": "Thing", "metadata": {"name": "x"}, **content}
    document = tree()
    document["spec"]["manifests"] = {"one": thing}
    found = resolved(document, "cluster")
    assume(found.system is not None)
    result = compile_system(found, CLUSTER, SOURCES)
    assert compile_system(found, CLUSTER, SOURCES) == result
    if result.bundle is None:  # rubbish that looks like a Pod is judged as one
        assert {d.code for d in result.diagnostics if d.is_error} <= {"TT406", "TT409", "TT410"}
        return
    made = next(m for m in result.bundle.manifests if m.ref.kind == "Thing")
    assert {key: made.body[key] for key in content} == content
    written = ("spec", "manifests", "one")
    for key in content:
        for place in places(made.body[key], (key,)):
            assert made.origin(place) == (*written, *place)
