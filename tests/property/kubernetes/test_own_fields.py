"""The digest of our own fields changes exactly when one of them does, by an account that shares no code with it.

The account flattens an object to paths and values (`spec/containers/{name: a}/image`), and compares the paths that
are ours before and after one change, and the order of our list items.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from trimtab.reconciler.kubernetes.own_fields import own_digest

KEYS = {"containers": ("name",), "env": ("name",), "ports": ("port", "protocol"), "conditions": ("type",)}
SETS = {"finalizers", "zones"}
Path = tuple[str, ...]

names = st.sampled_from(["a", "b", "c"])
scalars = st.one_of(st.sampled_from(["1", "2", ""]), st.booleans(), st.integers(0, 1), st.none())


def some(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=fields)


def keyed(field: str, **fields: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Any]]:
    keys = {
        "name": names,
        "type": names,
        "port": st.integers(1, 3),
        "protocol": st.sampled_from(["TCP", "UDP"]),
    }
    item = st.builds(
        lambda key, rest: {**rest, **key},
        st.fixed_dictionaries({key: keys[key] for key in KEYS[field]}),
        some(**fields),
    )
    return st.lists(item, max_size=3, unique_by=lambda each: tuple(each[key] for key in KEYS[field]))


specs = some(
    replicas=scalars,
    args=st.lists(scalars, max_size=2),
    zones=st.lists(names, max_size=3, unique=True),
    labels=some(x=scalars, y=scalars),
    containers=keyed(
        "containers",
        image=scalars,
        env=keyed("env", value=scalars),
        ports=keyed("ports", host=scalars),
        security=some(user=scalars, caps=some(drop=scalars)),
    ),
)


def flat(value: Any, field: str = "", path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every leaf; and every map, list and item that is there, as such."""
    if isinstance(value, dict):
        yield path, "{}"
        for key, below in value.items():
            yield from flat(below, key, (*path, f"f:{key}"))
    elif isinstance(value, list) and (field in KEYS or field in SETS):
        yield path, "[]"
        for item in value:
            yield from flat(item, "", (*path, step(field, item)))
    else:
        yield path, ("leaf", json.dumps(value))


def step(field: str, item: Any) -> str:
    if field in SETS:
        return f"v:{json.dumps(item)}"
    return "k:" + json.dumps({key: item.get(key) for key in KEYS[field]})


def order(value: Any, owned: set[Path], field: str = "", path: Path = ()) -> Iterator[tuple[Path, list[str]]]:
    if isinstance(value, dict):
        for key, below in value.items():
            yield from order(below, owned, key, (*path, f"f:{key}"))
    elif isinstance(value, list) and (field in KEYS or field in SETS):
        steps = [step(field, item) for item in value]
        ours = [s for s in steps if any(p[: len(path) + 1] == (*path, s) for p in owned)]
        yield path, ours
        for s, item in zip(steps, value, strict=True):
            yield from order(item, owned, "", (*path, s))


def fields_v1(owned: set[Path]) -> dict[str, Any]:
    """As an API server writes it: one that is owned beside what is in it has a `.`."""
    tree: dict[str, Any] = {}
    for path in owned:
        node = tree
        for each in path:
            node = node.setdefault(each, {})
    for path in owned:
        node = tree
        for each in path:
            node = node[each]
        if node:
            node["."] = {}
    return tree


def body(spec: Any, owned: set[Path]) -> dict[str, Any]:
    entry = {
        "manager": "us",
        "operation": "Apply",
        "apiVersion": "v1",
        "fieldsType": "FieldsV1",
        "fieldsV1": fields_v1({("f:spec", *path) for path in owned}),
    }
    return {
        "apiVersion": "v1",
        "kind": "Thing",
        "metadata": {"name": "x", "managedFields": [entry]},
        "spec": spec,
    }


def keys_of(path: Path) -> Iterator[Path]:
    """Who owns an item owns what names it, as an API server has it."""
    for end in range(1, len(path) + 1):
        if path[end - 1].startswith("k:"):
            yield path[:end]
            yield from ((*path[:end], f"f:{key}") for key in json.loads(path[end - 1][2:]))


def places(value: Any, field: str = "") -> Iterator[tuple[Any, Any]]:
    """Every (container, key) of a tree that can be changed."""
    if isinstance(value, dict):
        for key, below in value.items():
            yield value, key
            yield from places(below, key)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield value, index
            if field in KEYS:
                yield from places(item)


@st.composite
def histories(draw: st.DrawFn) -> tuple[Any, Any, set[Path]]:
    """An object, the same after one change (or none), and the paths in it that are ours."""
    before = draw(specs)
    paths = sorted(
        {path for path, told in flat(before) if path and (isinstance(told, tuple) or path[-1][0] != "f")}
    )
    owned = set(draw(st.lists(st.sampled_from(paths), unique=True))) if paths else set()
    owned |= {key for path in owned for key in keys_of(path)}
    after = copy.deepcopy(before)
    match draw(st.sampled_from(["set", "delete", "shuffle", "other", "none"])):
        case "set" if spots := list(places(after)):
            holder, key = draw(st.sampled_from(spots))
            if not isinstance(holder[key], dict | list):
                holder[key] = draw(scalars)
        case "delete" if spots := list(places(after)):
            holder, key = draw(st.sampled_from(spots))
            del holder[key]
        case "shuffle" if lists := [h[k] for h, k in places(after) if isinstance(h[k], list)]:
            chosen = draw(st.sampled_from(lists))
            chosen[:] = draw(st.permutations(chosen))
        case "other":
            after = draw(specs)
    return before, after, owned


def ours(spec: Any, owned: set[Path]) -> list[Any]:
    there = dict(flat(spec))
    return [
        [(path, there.get(path, "missing")) for path in sorted(owned)],
        sorted((path, told) for path, told in order(spec, owned) if told),
    ]


def unambiguous(spec: Any) -> bool:
    """Items can be told apart: a change may have made two of one."""
    lists = [(h[k], k) for h, k in places(spec) if isinstance(h[k], list) and (k in KEYS or k in SETS)]
    return all(len({step(k, item) for item in value}) == len(value) for value, k in lists)


@given(histories())
def test_it_changes_exactly_when_something_of_ours_does(history: tuple[Any, Any, set[Path]]) -> None:
    before, after, owned = history
    one, two = own_digest(body(before, owned), "us"), own_digest(body(after, owned), "us")
    assert (one == "") == (not owned)
    if ours(before, owned) != ours(after, owned):
        assert one != two
    elif unambiguous(after):
        assert one == two


@given(histories())
def test_a_field_that_is_taken_away_from_us_shows(history: tuple[Any, Any, set[Path]]) -> None:
    spec, _, owned = history
    for path in owned:
        assert own_digest(body(spec, owned), "us") != own_digest(body(spec, owned - {path}), "us")


@given(specs, specs)
def test_what_is_not_ours_is_of_no_interest(one: Any, two: Any) -> None:
    mine: set[Path] = {("f:mine",)}
    assert own_digest(body({**one, "mine": 1}, mine), "us") == own_digest(
        body({**two, "mine": 1}, mine), "us"
    )
