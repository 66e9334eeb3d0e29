"""Trees that know where each field was written."""

from __future__ import annotations

from trimtab.compiler.bundle import Owner
from trimtab.compiler.tree import at, given_up, manifest

TREE = {
    "apiVersion": "v1",
    "kind": "Thing",
    "metadata": {"name": "x", "labels": at({"a": "1", "b": at("2", ("b",))}, ("labels",))},
    "spec": {
        "none": None,
        "marked": at(None, ("none",)),
        "list": [],
        "map": {},
        "zero": 0,
        "no": False,
        "items": [at({"deep": at(at("v", ("inner",)), ("outer",))}, ("item",)), {"plain": 1}],
        "replicas": given_up("HorizontalPodAutoscaler/x", ("replicas",)),
    },
}


def test_the_body_is_plain_and_what_is_absent_is_left_out() -> None:
    assert manifest(TREE, ("root",)).body == {
        "apiVersion": "v1",
        "kind": "Thing",
        "metadata": {"name": "x", "labels": {"a": "1", "b": "2"}},
        "spec": {"map": {}, "zero": 0, "no": False, "items": [{"deep": "v"}, {"plain": 1}]},
    }


def test_a_field_comes_from_its_nearest_mark() -> None:
    made = manifest(TREE, ("root",))
    assert made.origin(("metadata", "labels", "a")) == ("labels",)
    assert made.origin(("metadata", "labels", "b")) == ("b",)
    assert made.origin(("spec", "items", 0)) == ("item",)
    assert made.origin(("spec", "items", 0, "deep")) == ("inner",)
    assert made.origin(("spec", "items", 1, "plain")) == ("root",)
    assert made.origin(()) == ("root",)


def test_a_field_that_somebody_else_writes_is_not_sent_but_known() -> None:
    made = manifest(TREE, ("root",))
    assert made.owners == {("spec", "replicas"): Owner("HorizontalPodAutoscaler/x", ("replicas",))}
