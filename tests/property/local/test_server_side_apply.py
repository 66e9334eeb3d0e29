"""The laws of server-side apply, on objects with maps, associative lists and atomic lists."""

from __future__ import annotations

from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from trimtab.reconciler.cluster import Conflict
from trimtab.reconciler.local import server_side_apply as ssa
from trimtab.reconciler.local.field_paths import MISSING, Shape, same
from trimtab.reconciler.local.server_side_apply import Manager, Operation, Result

names = st.sampled_from(["a", "b", "c"])
texts = st.sampled_from(["1", "2"])
values = st.one_of(texts, st.booleans(), st.integers(0, 1))


def some(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=fields)


def keyed(
    key: str, keys: st.SearchStrategy[Any], **fields: st.SearchStrategy[Any]
) -> st.SearchStrategy[list[Any]]:
    item = st.builds(lambda name, rest: {key: name, **rest}, keys, some(**fields))
    return st.lists(item, min_size=1, max_size=3, unique_by=lambda each: each[key])


containers = keyed(
    "name",
    names,
    image=values,
    args=st.lists(texts, max_size=2),
    env=keyed("name", names, value=values),
    ports=keyed("containerPort", st.integers(1, 3), name=texts),
    security=some(user=values, caps=some(drop=values)),
)
pods = some(containers=containers, hostname=values, nodeSelector=some(zone=values), emptyDir=st.just({}))
objects = st.builds(
    lambda labels, spec: {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "x", **({"labels": labels} if labels else {})},
        **({"spec": spec} if spec else {}),
    },
    some(a=texts, b=texts),
    pods,
)
EMPTY: dict[str, Any] = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "x"}}


def whole(result: Result) -> dict[str, Any]:
    metadata = {"name": "x", **result.content.get("metadata", {})}
    return {"apiVersion": "v1", "kind": "Pod", **result.content, "metadata": metadata}


def applied(
    live: dict[str, Any], managers: ssa.Managers, wanted: dict[str, Any], name: str, **how: bool
) -> Result:
    result = ssa.apply(live, managers, wanted, name, **how)
    assert isinstance(result, Result)
    return result


def leaves(body: dict[str, Any]) -> dict[Any, Any]:
    return dict(Shape(body).leaves(ssa.managed(body)))


def holds(body: dict[str, Any], wanted: dict[str, Any]) -> bool:
    shape = Shape(body)
    return all(
        same(shape.find(ssa.managed(body), path), value)
        or (value == {} and isinstance(shape.find(body, path), dict))
        for path, value in leaves(wanted).items()
    )


@given(objects)
def test_a_first_apply_gives_exactly_what_was_applied(wanted: dict[str, Any]) -> None:
    assert same(whole(applied(EMPTY, {}, wanted, "us")), wanted)


@given(objects, objects, objects)
def test_applying_the_same_again_changes_nothing(first: Any, foreign: Any, wanted: Any) -> None:
    one = applied(EMPTY, {}, first, "us")
    two = ssa.replace(whole(one), one.managers, foreign, "them")
    three = applied(whole(two), two.managers, wanted, "us", force=True)
    four = applied(whole(three), three.managers, wanted, "us")
    assert same(three.content, four.content)
    assert three.managers == four.managers


@given(objects, objects)
def test_what_we_apply_no_longer_vanishes(first: Any, second: Any) -> None:
    one = applied(EMPTY, {}, first, "us")
    two = applied(whole(one), one.managers, second, "us")
    assert leaves(whole(two)).keys() == leaves(second).keys()
    assert holds(whole(two), second)


@given(objects, objects, objects)
def test_fields_of_others_stay_when_ours_go(foreign: Any, first: Any, second: Any) -> None:
    theirs = applied(EMPTY, {}, foreign, "them")
    one = ssa.apply(whole(theirs), theirs.managers, first, "us")
    if isinstance(one, Conflict):
        return
    two = ssa.apply(whole(one), one.managers, second, "us")
    if not isinstance(two, Conflict):
        assert holds(whole(two), foreign)
        assert holds(whole(two), second)


@given(objects, objects)
def test_a_conflict_means_a_differing_field_of_somebody_else(foreign: Any, wanted: Any) -> None:
    theirs = applied(EMPTY, {}, foreign, "them")
    mine, others = leaves(wanted), leaves(foreign)
    differing = any(path in others and not same(value, others[path]) for path, value in mine.items())
    cut = any(
        a != b and a == b[: len(a)] and not (v == {} and isinstance(w, dict))
        for a, v in (*mine.items(), *others.items())
        for b, w in (*mine.items(), *others.items())
    )
    answer = ssa.apply(whole(theirs), theirs.managers, wanted, "us")
    if not cut:
        assert isinstance(answer, Conflict) == differing
    if isinstance(answer, Conflict):
        assert answer.manager == "them"
        assert answer.paths


@given(objects, objects)
def test_force_wins_and_takes_the_field_away(foreign: Any, wanted: Any) -> None:
    theirs = applied(EMPTY, {}, foreign, "them")
    ours = applied(whole(theirs), theirs.managers, wanted, "us", force=True)
    assert holds(whole(ours), wanted)
    them = ours.managers.get(Manager("them", Operation.APPLY), frozenset())
    shape = Shape(foreign)
    assert all(same(shape.find(ours.content, path), shape.find(foreign, path)) for path in them)


@given(objects, objects)
def test_a_replacement_owns_what_it_changed_and_nothing_else(first: Any, body: Any) -> None:
    ours = applied(EMPTY, {}, first, "us")
    theirs = ssa.replace(whole(ours), ours.managers, body, "them")
    before, after = leaves(first), leaves(body)
    changed = {path for path in after if path not in before or not same(before[path], after[path])}
    kept = {path for path in before if path in after and same(before[path], after[path])}
    assert theirs.managers.get(Manager("them", Operation.UPDATE), frozenset()) == changed
    assert theirs.managers.get(Manager("us", Operation.APPLY), frozenset()) == kept


def in_one_order(wanted: Any, foreign: Any) -> bool:
    """Whether both have what they share of each associative list in the same order. Another order is a change of ours."""
    if isinstance(wanted, dict):
        return all(in_one_order(wanted[name], foreign[name]) for name in wanted.keys() & foreign.keys())
    if not isinstance(wanted, list) or not all(isinstance(item, dict) for item in [*wanted, *foreign]):
        return True
    ours, theirs = _by_key(wanted), _by_key(foreign)
    is_same = [key for key in ours if key in theirs] == [key for key in theirs if key in ours]
    return is_same and in_one_order(ours, theirs)


def _by_key(items: list[Any]) -> dict[Any, Any]:
    return {item.get("containerPort", item.get("name")): item for item in items}


@given(objects, objects)
def test_our_digest_is_about_our_fields_alone(wanted: Any, foreign: Any) -> None:
    assume(in_one_order(wanted, foreign))
    ours = applied(EMPTY, {}, wanted, "us")
    digest = ssa.own_digest(whole(ours), ours.managers, "us")
    both = ssa.apply(whole(ours), ours.managers, foreign, "them")
    if not isinstance(both, Conflict):
        assert ssa.own_digest(whole(both), both.managers, "us") == digest


@given(objects, objects)
def test_our_digest_sees_every_foreign_change(wanted: Any, body: Any) -> None:
    ours = applied(EMPTY, {}, wanted, "us")
    digest = ssa.own_digest(whole(ours), ours.managers, "us")
    theirs = ssa.replace(whole(ours), ours.managers, body, "them")
    after = leaves(body)
    touched = {path for path, value in leaves(wanted).items() if not same(after.get(path, MISSING), value)}
    if touched:
        assert ssa.own_digest(whole(theirs), theirs.managers, "us") != digest
