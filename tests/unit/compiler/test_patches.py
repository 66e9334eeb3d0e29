"""`patches`: changes to compiled objects and runs, each changed field with the patch's line; misfits are errors."""

from __future__ import annotations

from typing import Any

import own_objects as own
import pytest
from compiled_specs import CLUSTER, bundle, compiled, manifest, run
from spec_trees import resolved, tree

from trimtab.compiler.bundle import Bundle, Late
from trimtab.spec.resolve import Resolved

ENDPOINT = {"kind": "Deployment", "name": "recognizer"}
TRAINING = {"kind": "Job", "name": "classifier"}
POD = ("spec", "template", "spec")


def system(patch: Any, **more: Any) -> Resolved:
    document = tree()
    document["spec"] |= {"patches": {"p": patch, **more.pop("patches", {})}, **more}
    return resolved(document, "cluster")


def made(target: Any, merge: Any, **more: Any) -> Bundle:
    return bundle(system({"target": target, "merge": merge}, **more), CLUSTER)


def told(patch: Any, **more: Any) -> list[tuple[str, str]]:
    return [(d.code, d.message) for d in compiled(system(patch, **more), CLUSTER).diagnostics]


@pytest.fixture(scope="module")
def unpatched() -> Bundle:
    return bundle(resolved(tree(), "cluster"), CLUSTER)


def test_a_merge_changes_what_it_names_and_null_removes(unpatched: Bundle) -> None:
    found = made(ENDPOINT, {"metadata": {"labels": {"tier": "gold"}}, "spec": {"revisionHistoryLimit": None}})
    before, after = (manifest(each, "Deployment/recognizer") for each in (unpatched, found))
    assert after.body["metadata"]["labels"] == {**before.body["metadata"]["labels"], "tier": "gold"}
    assert "revisionHistoryLimit" not in after.body["spec"]
    assert after.body["spec"] | {"revisionHistoryLimit": 5} == before.body["spec"]


def test_what_a_patch_changes_is_said_by_its_line_and_all_else_as_before(unpatched: Bundle) -> None:
    found = made(ENDPOINT, {"metadata": {"labels": {"tier": "gold"}}})
    before, after = (manifest(each, "Deployment/recognizer") for each in (unpatched, found))
    line = ("spec", "patches", "p", "merge", "metadata", "labels", "tier")
    assert after.origin(("metadata", "labels", "tier")) == line
    for field in before.provenance:
        assert after.origin(field) == before.origin(field)


def test_operations_move_lines_with_what_they_move(unpatched: Bundle) -> None:
    env = (*POD, "containers", 0, "env")
    add = {
        "op": "add",
        "path": "/spec/template/spec/containers/0/env/0",
        "value": {"name": "A", "value": "1"},
    }
    found = manifest(bundle(system({"target": ENDPOINT, "json": [add]}), CLUSTER), "Deployment/recognizer")
    before = manifest(unpatched, "Deployment/recognizer")
    assert found.origin((*env, 0)) == ("spec", "patches", "p", "json", 0, "value")
    for index, _ in enumerate(before.body["spec"]["template"]["spec"]["containers"][0]["env"]):
        assert found.origin((*env, index + 1, "value")) == before.origin((*env, index, "value"))


def test_every_operation_does_what_its_name_says() -> None:
    operations = [
        {"op": "test", "path": "/data/a", "value": "b"},
        {"op": "copy", "from": "/data/a", "path": "/data/c"},
        {"op": "move", "from": "/data/a", "path": "/data/x~1y"},
        {"op": "add", "path": "/data/n", "value": "1"},
        {"op": "replace", "path": "/data/n", "value": "2"},
        {"op": "remove", "path": "/data/c"},
    ]
    patch = {"target": {"kind": "ConfigMap", "name": "settings"}, "json": operations}
    found = bundle(system(patch, manifests={"s": own.config_map()}), CLUSTER)
    changed = manifest(found, "ConfigMap/settings")
    assert changed.body["data"] == {"x/y": "b", "n": "2"}
    assert changed.origin(("data", "x/y")) == ("spec", "patches", "p", "json", 2)
    assert changed.origin(("data", "n")) == ("spec", "patches", "p", "json", 4, "value")


def test_patches_go_by_their_names() -> None:
    def label(value: str) -> dict[str, Any]:
        return {"target": ENDPOINT, "merge": {"metadata": {"labels": {"tier": value}}}}

    document = tree()
    document["spec"]["patches"] = {"b": label("second"), "a": label("first")}
    found = bundle(resolved(document, "cluster"), CLUSTER)
    assert manifest(found, "Deployment/recognizer").body["metadata"]["labels"]["tier"] == "second"


def test_a_run_is_known_by_its_name_and_keeps_those_that_the_ledger_gives(unpatched: Bundle) -> None:
    found = made(TRAINING, {"metadata": {"labels": {"kueue.x-k8s.io/queue-name": "risk"}}})
    job, before = (run(each, "classifier").workload[-1].body for each in (found, unpatched))
    assert job["metadata"]["labels"]["kueue.x-k8s.io/queue-name"] == "risk"
    assert isinstance(job["metadata"]["name"], Late)
    assert job["metadata"]["name"] == before["metadata"]["name"]
    others = [r for r in found.runs if r.name != "classifier"]
    assert others == [r for r in unpatched.runs if r.name != "classifier"]


def test_without_a_name_all_of_the_kind_are_meant() -> None:
    found = made({"kind": "Job"}, {"spec": {"template": {"spec": {"nodeSelector": {"a": "b"}}}}})
    jobs = [m for r in found.runs for m in (*r.workload, r.lookup) if m.ref.kind == "Job"]
    assert len(jobs) == 2 * len(found.runs)
    assert all(job.body["spec"]["template"]["spec"]["nodeSelector"] == {"a": "b"} for job in jobs)


PLACED = [
    {"metadata": {"labels": {"a": "b"}}},
    {"spec": {"activeDeadlineSeconds": 60}},
    {"spec": {"template": {"spec": {"nodeSelector": {"a": "b"}, "tolerations": [{"operator": "Exists"}]}}}},
]
CHANGED = [
    {"spec": {"template": {"spec": {"dnsPolicy": "None"}}}},
    {"spec": {"template": {"spec": {"hostAliases": []}}}},
    {"spec": {"parallelism": 3}},
]


@pytest.mark.parametrize("merge", PLACED, ids=str)
def test_what_only_places_a_run_does_not_run_it_anew(merge: Any, unpatched: Bundle) -> None:
    before, after = run(unpatched, "classifier"), run(made(TRAINING, merge), "classifier")
    assert after.recipe_digest == before.recipe_digest
    assert after.exec_digest != before.exec_digest


@pytest.mark.parametrize("merge", CHANGED, ids=str)
def test_all_else_is_part_of_the_recipe(merge: Any, unpatched: Bundle) -> None:
    before, after = run(unpatched, "classifier"), run(made(TRAINING, merge), "classifier")
    assert after.recipe["patches"] == [merge]
    assert after.recipe_digest != before.recipe_digest
    assert after.exec_digest == before.exec_digest


def test_of_a_mixed_patch_each_part_goes_where_it_belongs(unpatched: Bundle) -> None:
    operations = [
        {"op": "add", "path": "/spec/template/spec/nodeSelector", "value": {"a": "b"}},
        {"op": "add", "path": "/spec/template/spec/hostname", "value": "x"},
        {"op": "test", "path": "/kind", "value": "Job"},
    ]
    found = run(bundle(system({"target": TRAINING, "json": operations}), CLUSTER), "classifier")
    assert found.recipe["patches"] == [operations[1]]
    assert found.exec_digest != run(unpatched, "classifier").exec_digest


@pytest.mark.parametrize(
    ("target", "why"),
    [
        ({"kind": "Deployment", "name": "recogniser"}, "no Deployment `recogniser` in this system"),
        ({"kind": "DaemonSet"}, "no kind `DaemonSet` in this system"),
        ({"kind": "Job", "name": "recognizer"}, "no Job `recognizer` in this system; there are"),
    ],
)
def test_a_patch_that_matches_nothing_is_an_error(target: Any, why: str) -> None:
    ((code, message),) = told({"target": target, "merge": {"a": 1}})
    assert code == "TT411"
    assert why in message
    (found,) = compiled(system({"target": target, "merge": {"a": 1}}), CLUSTER).diagnostics
    assert found.message.startswith("the patch `p` is for nothing")


MISFITS = [
    ([{"op": "remove", "path": "/spec/nothing"}], "there is nothing at `/spec/nothing`"),
    ([{"op": "replace", "path": "/spec/template/spec/containers/7", "value": 1}], "nothing at"),
    ([{"op": "add", "path": "/spec/template/spec/containers/7", "value": 1}], "no place in a list of 1"),
    ([{"op": "add", "path": "/kind/x", "value": 1}], "to add to"),
    ([{"op": "test", "path": "/kind", "value": "Job"}], "is something else"),
    ([{"op": "add", "path": "/spec/x"}], "needs a `value`"),
    ([{"op": "put", "path": "/spec/x"}], "`put` is none of"),
    ([{"op": "remove", "path": "spec"}], "is no path"),
    ([{"op": "remove", "path": ""}], "can't be removed"),
]


@pytest.mark.parametrize(("operations", "why"), MISFITS, ids=lambda x: x if isinstance(x, str) else "")
def test_an_operation_that_does_not_fit_is_an_error(operations: Any, why: str) -> None:
    ((code, message),) = told({"target": ENDPOINT, "json": operations})
    assert code == "TT411"
    assert why in message


FORBIDDEN = [
    (ENDPOINT, {"metadata": {"name": "x"}}, "another object"),
    (ENDPOINT, {"metadata": None}, "another object"),
    (ENDPOINT, {"kind": "StatefulSet"}, "another object"),
    (ENDPOINT, {"metadata": {"labels": {"trimtab.dev/system": "x"}}}, "knows its own by"),
    (ENDPOINT, {"metadata": {"labels": {"applyset.kubernetes.io/part-of": "x"}}}, "knows its own by"),
    (TRAINING, {"spec": {"template": {"metadata": {"labels": None}}}}, "knows its own by"),
    (TRAINING, {"spec": {"ttlSecondsAfterFinished": 1}}, "once its end is recorded"),
]


@pytest.mark.parametrize(("target", "merge", "why"), FORBIDDEN)
def test_names_marks_and_ends_are_not_for_a_patch_to_change(target: Any, merge: Any, why: str) -> None:
    ((code, message),) = told({"target": target, "merge": merge})
    assert code == "TT411"
    assert why in message


def test_what_another_writes_is_his() -> None:
    document = tree()
    document["spec"]["deployment"]["recognizer"]["replicas"] = {"min": 1, "max": 4, "target": {"cpu": "50%"}}
    document["spec"]["patches"] = {"p": {"target": ENDPOINT, "merge": {"spec": {"replicas": 2}}}}
    (found,) = compiled(resolved(document, "cluster"), CLUSTER).diagnostics
    assert (found.code, "HorizontalPodAutoscaler/recognizer writes it" in found.message) == ("TT411", True)


def test_what_is_named_by_its_content_keeps_it(unpatched: Bundle) -> None:
    code = next(m.ref.name for m in unpatched.manifests if m.ref.kind == "ConfigMap")
    ((_, message),) = told({"target": {"kind": "ConfigMap", "name": code}, "merge": {"data": {"x": "y"}}})
    assert "named by what it holds" in message


def test_what_comes_of_a_patch_is_checked_at_its_line() -> None:
    merge = {"spec": {"template": {"spec": {"hostNetwork": True}}}}
    (found,) = compiled(system({"target": ENDPOINT, "merge": merge}), CLUSTER).diagnostics
    assert (found.code, "hostNetwork" in found.message) == ("TT409", True)
    volumes: dict[str, Any] = {"spec": {"template": {"spec": {"volumes": []}}}}
    assert {code for code, _ in told({"target": ENDPOINT, "merge": volumes})} == {"TT406"}
