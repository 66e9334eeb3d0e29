"""Which changes an API server never takes: in place, replace, impossible."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from changed_objects import CASES, FIXED, IN_PLACE, OBJECTS, REPLACE, Case

from trimtab.compiler.bundle import Ref
from trimtab.reconciler.cluster import Cause, Rejected
from trimtab.reconciler.immutable import (
    BUILT_IN,
    Change,
    Effect,
    as_text,
    change,
    from_text,
    is_refused_as_fixed,
    marks,
    quantity,
)


def judged(case: Case) -> Change:
    also = FIXED.get(case.kind, ())
    before, after = (from_text(as_text(marks(body, also))) for body in (case.old, case.new))
    return change(ref_of(case.old), before, after)


def ref_of(body: Mapping[str, Any]) -> Ref:
    return Ref(body["apiVersion"], body["kind"], "", body["metadata"]["name"])


@pytest.mark.parametrize("case", CASES, ids=lambda c: f"{c.kind}-{c.path}-{c.effect}")
def test_a_change_comes_to_what_the_api_server_makes_of_it(case: Case) -> None:
    found = judged(case)
    assert found.effect is case.effect, found
    assert (found.fields == ()) == (case.effect is IN_PLACE)


@pytest.mark.parametrize("name", OBJECTS)
def test_the_same_object_is_no_change(name: str) -> None:
    found = marks(OBJECTS[name], FIXED.get(name, ()))
    assert change(ref_of(OBJECTS[name]), found, found) == Change(IN_PLACE)


def test_what_is_fixed_is_named_by_its_path() -> None:
    found = judged(next(c for c in CASES if c.path == "spec.accessModes"))
    assert found.fields == (("spec", "accessModes"),)
    assert found.why == (
        "spec.accessModes can't be changed in place, and to create it anew would lose what it holds"
    )


def test_an_address_that_is_no_longer_asked_for_is_kept() -> None:
    old = {**OBJECTS["Service"], "spec": {"clusterIP": "10.0.0.1", "ports": [{"port": 80}]}}
    assert change(ref_of(old), marks(old), marks(OBJECTS["Service"])).effect is IN_PLACE


def test_a_mark_that_is_missing_proves_nothing() -> None:
    """Of an object that was applied before there were marks, or by a version that knew fewer fixed fields."""
    case = next(c for c in CASES if c.path == "spec.serviceName")
    assert change(ref_of(case.old), {}, marks(case.new)).effect is IN_PLACE
    assert change(ref_of(case.old), from_text("rubbish = ="), marks(case.new)).effect is IN_PLACE
    fewer = {path: mark for path, mark in marks(case.old).items() if path != "spec.serviceName"}
    assert change(ref_of(case.old), fewer, marks(case.new)).effect is IN_PLACE


def test_a_custom_kind_is_changed_in_place_where_nothing_is_known_of_it() -> None:
    case = next(c for c in CASES if c.kind == "Run" and c.effect is not IN_PLACE)
    assert change(ref_of(case.old), marks(case.old), marks(case.new)).effect is IN_PLACE


def test_a_definition_s_rule_is_not_asked_of_a_field_that_comes_or_goes() -> None:
    bare = {"apiVersion": "a.example.com/v1", "kind": "A", "metadata": {"name": "a"}, "spec": {}}
    full = {**bare, "spec": {"policy": {"size": 1}}}
    other = {**bare, "spec": {"policy": {"size": 2}}}

    def effect(old: dict[str, Any], new: dict[str, Any]) -> Effect:
        return change(ref_of(old), marks(old, ("spec.policy",)), marks(new, ("spec.policy",))).effect

    assert (effect(bare, full), effect(full, bare), effect(full, other)) == (IN_PLACE, IN_PLACE, REPLACE)


@pytest.mark.parametrize(
    ("causes", "fixed"),
    [
        (["field is immutable"], True),
        (["may not change once set", "field is immutable"], True),
        (["field is immutable", "must be greater than 0"], False),
        (["must be greater than 0"], False),
    ],
)
def test_a_refusal_for_another_reason_as_well_is_no_reason_to_replace(causes: list[str], fixed: bool) -> None:
    answer = Rejected("", tuple(Cause((), message) for message in causes))
    assert is_refused_as_fixed(answer) is fixed


def test_every_built_in_kind_is_in_a_case() -> None:
    tried = {
        (c.old["apiVersion"].rpartition("/")[0], c.old["kind"]) for c in CASES if c.effect is not IN_PLACE
    }
    unseen = {("", "PersistentVolume"), ("rbac.authorization.k8s.io", "ClusterRoleBinding")}
    unseen |= {("jobset.x-k8s.io", "JobSet")}  # what may change of it is for its own webhook to say
    assert set(BUILT_IN) - tried == unseen


@pytest.mark.parametrize(
    ("text", "number"), [("1Gi", 2**30), ("1024Mi", 2**30), (2, 2), ("500m", 0.5), ("1k", 1000), ("x", None)]
)
def test_quantities_are_numbers(text: object, number: float | None) -> None:
    assert quantity(text) == number
