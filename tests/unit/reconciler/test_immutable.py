"""Which changes an API server never takes: in place, replace, impossible."""

from __future__ import annotations

import pytest
from changed_objects import CASES, FIXED, IN_PLACE, OBJECTS, REPLACE, Case

from trimtab.reconciler.immutable import BUILT_IN, Change, change, quantity


@pytest.mark.parametrize("case", CASES, ids=lambda c: f"{c.kind}-{c.path}-{c.effect}")
def test_a_change_comes_to_what_the_api_server_makes_of_it(case: Case) -> None:
    found = change(case.old, case.new, FIXED.get(case.kind, ()))
    assert found.effect is case.effect, found
    assert (found.fields == ()) == (case.effect is IN_PLACE)


@pytest.mark.parametrize("name", OBJECTS)
def test_the_same_object_is_no_change(name: str) -> None:
    assert change(OBJECTS[name], OBJECTS[name], FIXED.get(name, ())) == Change(IN_PLACE)


def test_what_is_fixed_is_named_by_its_path() -> None:
    case = next(c for c in CASES if c.path == "spec.accessModes")
    found = change(case.old, case.new)
    assert found.fields == (("spec", "accessModes"),)
    assert found.why == "spec.accessModes never changes, and to replace it would lose its data"
    case = next(c for c in CASES if c.path == "spec.containers.0.command")
    assert change(case.old, case.new).fields == (("spec", "containers", 0, "command"),)


def test_an_address_that_is_no_longer_asked_for_is_kept() -> None:
    old = {**OBJECTS["Service"], "spec": {"clusterIP": "10.0.0.1", "ports": [{"port": 80}]}}
    assert change(old, OBJECTS["Service"]).effect is IN_PLACE


def test_a_custom_kind_is_changed_in_place_where_nothing_is_known_of_it() -> None:
    case = next(c for c in CASES if c.kind == "Run" and c.effect is REPLACE)
    assert change(case.old, case.new).effect is IN_PLACE


def test_a_definition_s_rule_is_not_asked_of_a_field_that_comes_or_goes() -> None:
    bare = {"apiVersion": "a.example.com/v1", "kind": "A", "metadata": {"name": "a"}, "spec": {}}
    full = {**bare, "spec": {"policy": {"size": 1}}}
    other = {**bare, "spec": {"policy": {"size": 2}}}
    assert change(bare, full, ("spec.policy",)).effect is IN_PLACE
    assert change(full, bare, ("spec.policy",)).effect is IN_PLACE
    assert change(full, other, ("spec.policy",)).effect is REPLACE


def test_every_built_in_kind_is_in_a_case() -> None:
    tried = {
        (c.old["apiVersion"].rpartition("/")[0], c.old["kind"]) for c in CASES if c.effect is not IN_PLACE
    }
    unseen = {("", "PersistentVolume"), ("rbac.authorization.k8s.io", "ClusterRoleBinding")}
    assert set(BUILT_IN) - tried == unseen


@pytest.mark.parametrize(
    ("text", "number"), [("1Gi", 2**30), ("1024Mi", 2**30), (2, 2), ("500m", 0.5), ("1k", 1000), ("x", None)]
)
def test_quantities_are_numbers(text: object, number: float | None) -> None:
    assert quantity(text) == number
