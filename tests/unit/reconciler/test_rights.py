"""The least rights: derived from what is done, written as roles, compared with what is granted, told in a sentence."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from bundles import manifest, shop

from trimtab.reconciler.mirror import kinds_of
from trimtab.reconciler.rights import Right, lacking, of_bundle, plural, rules, sentence, subject
from trimtab.reconciler.roles import cluster_roles, system_roles, writer_bindings

PODS = Right("v1", "Pod", ("get", "list"))
DEPLOYMENTS = Right("apps/v1", "Deployment", ("create", "patch"))
STATUS = Right("trimtab.dev/v1", "Run", ("update",), "status")
ACCOUNT = {"kind": "ServiceAccount", "name": "writer", "namespace": "ci"}


def rule(groups: str, resources: str, verbs: str, names: tuple[str, ...] = ()) -> dict[str, Any]:
    return {
        "apiGroups": ["" if g == "core" else g for g in groups.split()],
        "resources": resources.split(),
        "verbs": verbs.split(),
        "resourceNames": list(names),
    }


@pytest.mark.parametrize(
    ("right", "granted", "verbs"),
    [
        (PODS, [rule("core", "pods", "get list watch")], None),
        (PODS, [rule("core", "pods", "get"), rule("core", "pods services", "list")], None),
        (PODS, [rule("core", "pods", "*")], None),
        (PODS, [rule("*", "*", "*")], None),
        (PODS, [rule("core", "pods", "get")], ("list",)),
        (PODS, [rule("core", "pods/log", "get list")], ("get", "list")),
        (PODS, [rule("apps", "pods", "get list")], ("get", "list")),
        (PODS, [rule("core", "pods", "get list", ("one",))], ("get", "list")),
        (PODS, [], ("get", "list")),
        (STATUS, [rule("trimtab.dev", "runs", "*")], ("update",)),
        (STATUS, [rule("trimtab.dev", "*/status", "update")], None),
        (STATUS, [rule("trimtab.dev", "runs/status", "update")], None),
        (replace(PODS, names=("a",)), [rule("core", "pods", "get list", ("a", "b"))], None),
        (replace(PODS, names=("a", "c")), [rule("core", "pods", "get list", ("a", "b"))], ("get", "list")),
    ],
)
def test_what_no_rule_grants_is_lacking(right: Right, granted: list[dict[str, Any]], verbs: Any) -> None:
    assert lacking([right], granted) == (() if verbs is None else (replace(right, verbs=verbs),))


def test_what_is_written_grants_what_was_asked_for() -> None:
    bundle = shop()
    rights = of_bundle(bundle, kinds_of(bundle))
    assert lacking(rights, rules(rights)) == ()
    assert rules(rights) == rules(reversed(rights))
    for left_out in rights:
        assert lacking(rights, rules(r for r in rights if r != left_out)) == (left_out,)


def test_the_sentence_names_every_verb_and_kind() -> None:
    missing = [DEPLOYMENTS, replace(DEPLOYMENTS, kind="StatefulSet"), PODS]
    assert sentence(missing, "ada", "shop") == (
        "ada may not create and patch deployments.apps and statefulsets.apps; nor get and list pods in namespace shop, "
        "and nothing was written: an administrator grants what `trimtab cluster rights` prints"
    )


def test_secrets_are_never_asked_for_and_records_never_deleted() -> None:
    for made in (*cluster_roles(), *system_roles(shop(), ACCOUNT)):
        for each in made.get("rules", ()):
            assert "secrets" not in each["resources"]
            assert "*" not in (*each["verbs"], *each["resources"], *each["apiGroups"])
            assert not ("runs" in each["resources"] and "delete" in each["verbs"])


def test_a_writer_of_one_system_has_no_rights_elsewhere() -> None:
    whole = replace(shop(), manifests=(*shop().manifests, manifest("Job", "own", "batch/v1")))
    namespace, role, bound, far, far_bound = system_roles(whole, ACCOUNT)
    assert namespace["metadata"] == {"name": "shop"}
    assert (role["kind"], role["metadata"]["namespace"]) == ("Role", "shop")
    assert bound["roleRef"]["name"] == role["metadata"]["name"]
    assert far_bound["subjects"] == [ACCOUNT]
    assert {tuple(r.get("resourceNames", ())) for r in far["rules"]} == {("kube-system",), ("shop",)}
    assert all(r["resources"] == ["namespaces"] for r in far["rules"])


def test_the_namespaces_that_a_spec_gives_are_asked_for_with_its_own() -> None:
    bundle = shop(more=[manifest("Namespace", "data")])
    far = next(made for made in system_roles(bundle, ACCOUNT) if made["kind"] == "ClusterRole")
    assert {tuple(r.get("resourceNames", ())) for r in far["rules"]} == {("kube-system",), ("shop", "data")}
    given = [
        made["metadata"]["name"] for made in system_roles(bundle, ACCOUNT) if made["kind"] == "Namespace"
    ]
    assert given == ["shop", "data"]


def test_people_who_may_view_may_see_systems_and_write_none() -> None:
    viewer = next(r for r in cluster_roles() if r["metadata"]["name"] == "trimtab-viewer")
    assert viewer["metadata"]["labels"]["rbac.authorization.k8s.io/aggregate-to-view"] == "true"
    assert [r["verbs"] for r in viewer["rules"]] == [["get", "list", "watch"]]
    assert {b["roleRef"]["name"] for b in writer_bindings(ACCOUNT)} == {
        "trimtab-writer",
        "trimtab-writer-cluster",
    }


@pytest.mark.parametrize(
    ("written", "kind", "name"),
    [
        ("user:ada", "User", "ada"),
        ("group:ml", "Group", "ml"),
        ("serviceAccount:ci/bot", "ServiceAccount", "bot"),
    ],
)
def test_a_subject_is_written_as_in_the_spec(written: str, kind: str, name: str) -> None:
    found = subject(written, "shop")
    assert found is not None
    assert (found["kind"], found["name"]) == (kind, name)
    assert found.get("namespace", "ci") == "ci"


@pytest.mark.parametrize("written", ["ada", "robot:x", "user:", ""])
def test_what_is_no_subject_is_told(written: str) -> None:
    assert subject(written, "shop") is None


@pytest.mark.parametrize(
    ("kind", "many"),
    [
        ("Deployment", "deployments"),
        ("NetworkPolicy", "networkpolicies"),
        ("Gateway", "gateways"),
        ("Ingress", "ingresses"),
        ("StorageClass", "storageclasses"),
        ("MLSystem", "mlsystems"),
    ],
)
def test_kinds_have_the_plurals_that_rbac_knows(kind: str, many: str) -> None:
    assert plural(kind) == many
