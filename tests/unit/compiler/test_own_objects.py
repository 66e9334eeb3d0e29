"""`manifests`: whole objects, taken as they are written, each field with its line; what would not stay so is refused."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import own_objects as own
import pytest
from compiled_specs import CLUSTER, LOCAL, US_EAST, bundle, compiled, manifest
from spec_trees import resolved, tree

from trimtab.compiler import Capabilities
from trimtab.compiler.bundle import Bundle, Edge, Fact
from trimtab.compiler.capabilities import LOCAL_KINDS
from trimtab.compiler.scope import is_namespaced
from trimtab.reconciler.cluster import PART_OF
from trimtab.reconciler.desired import desired_object
from trimtab.reconciler.local.kinds import KINDS
from trimtab.spec.resolve import Resolved


def system(objects: dict[str, Any], environment: str = "cluster") -> Resolved:
    document = tree()
    document["spec"]["manifests"] = objects
    return resolved(document, environment)


def made(target: Capabilities = CLUSTER, **objects: Any) -> Bundle:
    return bundle(system(objects), target)


def told(target: Capabilities = CLUSTER, **objects: Any) -> list[tuple[str, str]]:
    return [(d.code, d.message) for d in compiled(system(objects), target).diagnostics]


def test_an_object_is_as_it_was_written_with_our_marks_and_the_namespace() -> None:
    found = manifest(made(limits=own.config_map(annotations={"a": "b"})), "ConfigMap/settings")
    assert found.body["data"] == {"a": "b"}
    assert found.body["metadata"] == {
        "name": "settings",
        "namespace": "digits",
        "annotations": {"a": "b"},
        "labels": {
            "trimtab.dev/system": "digits",
            "team": "examples",  # the system's own
        },
    }


def test_every_field_knows_its_line_and_what_was_added_that_of_its_object() -> None:
    found = manifest(made(cache=own.deployment()), "Deployment/cache")
    written = ("spec", "manifests", "cache")
    image = ("spec", "template", "spec", "containers", 0, "image")
    assert found.origin(image) == (*written, *image)
    assert found.origin(("metadata", "labels", "trimtab.dev/system")) == written
    assert found.origin(("metadata", "namespace")) == ("metadata", "namespace")


def test_labels_of_its_own_stand_before_ours() -> None:
    labels = {"app.kubernetes.io/name": "redis", "team": "x"}
    found = manifest(made(cache=own.config_map(labels=labels)), "ConfigMap/settings")
    assert labels.items() <= found.body["metadata"]["labels"].items()


def test_pods_carry_the_system_s_label_and_never_that_of_the_set_that_is_pruned() -> None:
    found = made(cache=own.deployment())
    template = manifest(found, "Deployment/cache").body["spec"]["template"]
    assert template["metadata"]["labels"] == {"app": "cache", "trimtab.dev/system": "digits"}
    applied, _ = desired_object(manifest(found, "Deployment/cache").body, found)
    assert PART_OF in applied["metadata"]["labels"]
    assert PART_OF not in str(applied["spec"])


def test_templates_of_custom_kinds_are_left_alone() -> None:
    """Their definitions may know no labels there."""
    assert manifest(made(tune=own.job_set()), "JobSet/tune").body["spec"] == own.job_set()["spec"]


def test_empty_lists_stay_and_null_is_left_out() -> None:
    found = made(
        x={**own.config_map(), "kind": "Thing", "apiVersion": "a.b/v1", "spec": {"a": [], "b": None}}
    )
    assert manifest(found, "Thing/settings").body["spec"] == {"a": []}


@pytest.mark.parametrize(
    ("change", "code", "word"),
    [
        ({"apiVersion": 1}, "TT406", "`apiVersion`"),
        ({"metadata": {"generateName": "x-"}}, "TT406", "`metadata.name`"),
        ({"metadata": {"name": "x", "namespace": "other"}}, "TT410", "not in `other`"),
        ({"metadata": {"name": "x", "resourceVersion": "7"}}, "TT410", "`resourceVersion`"),
        ({"metadata": {"name": "x", "labels": {"trimtab.dev/system": "y"}}}, "TT410", "`trimtab.dev/system`"),
        ({"metadata": {"name": "x", "annotations": {PART_OF: "y"}}}, "TT410", f"`{PART_OF}`"),
        ({"metadata": {"name": "x", "labels": {"a": 1}}}, "TT406", "`1` is no text"),
        ({"metadata": {"name": "x", "labels": ["a"]}}, "TT406", "no mapping of texts"),
        ({"status": {}}, "TT410", "`status`"),
        ({"kind": "Secret", "data": {"a": "Yg=="}}, "TT410", "`security.secrets`"),
        ({"kind": "List", "items": []}, "TT410", "`List`"),
        ({"apiVersion": "trimtab.dev/v1", "kind": "Run"}, "TT410", "`Run`"),
        (
            {"apiVersion": "batch/v1", "kind": "Job", "spec": {"ttlSecondsAfterFinished": 9}},
            "TT410",
            "run, again",
        ),
        ({"kind": "Namespace", "metadata": {"name": "x", "namespace": "digits"}}, "TT406", "in no namespace"),
        ({"kind": "Namespace", "metadata": {"name": "digits"}}, "TT402", "Namespace/digits"),
    ],
)
def test_what_would_not_stay_as_it_is_written_is_refused(change: Any, code: str, word: str) -> None:
    ((found, message),) = told(x={**own.config_map(), **change})
    assert found == code
    assert word in message


def test_two_of_one_name_are_refused_even_in_two_groups() -> None:
    other = {**own.job_set(), "apiVersion": "other.example.com/v1"}
    ((code, message),) = told(a=own.job_set(), b=other)
    assert (code, "JobSet/tune" in message) == ("TT402", True)


def test_what_stands_in_a_queue_starts_when_the_queue_says_so() -> None:
    found = manifest(made(tune=own.job_set(queue="risk", suspend=True)), "JobSet/tune")
    assert "suspend" not in found.body["spec"]
    owner = found.owners["spec", "suspend"]
    assert (owner.name, owner.at) == ("queue risk", ("spec", "manifests", "tune", "spec", "suspend"))
    assert [code for code, _ in told(tune=own.job_set(queue="risk", suspend=False))] == ["TT410"]
    assert manifest(made(tune=own.job_set(suspend=True)), "JobSet/tune").body["spec"]["suspend"] is True


HPA = ("autoscaling/v2", "HorizontalPodAutoscaler")
KEDA = ("keda.sh/v1alpha1", "ScaledObject")


@pytest.mark.parametrize(
    ("scaler", "target", "refused"),
    [
        (HPA, {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}, True),
        (HPA, {"apiVersion": "apps/v1", "kind": "Deployment", "name": "other"}, False),
        (HPA, {"apiVersion": "apps/v1", "kind": "StatefulSet", "name": "web"}, False),
        (KEDA, {"name": "web"}, True),
    ],
)
def test_what_an_autoscaler_scales_does_not_say_how_many_there_are(
    scaler: tuple[str, str], target: dict[str, str], refused: bool
) -> None:
    web = own.deployment("web")
    web["spec"]["replicas"] = 2
    api_version, kind = scaler
    spec = {"scaleTargetRef": target, "maxReplicas": 4}
    scales = {"apiVersion": api_version, "kind": kind, "metadata": {"name": "scales"}, "spec": spec}
    found = [message for code, message in told(web=web, scales=scales) if code == "TT410"]
    assert found == ([f"{kind}/scales says how many there are: leave `replicas` out"] if refused else [])


def test_pods_are_held_to_the_standard_wherever_they_stand() -> None:
    loose = {"containers": [{"name": "main", "image": own.IMAGE}]}
    odd = {**own.config_map(), "apiVersion": "a.b/v1", "kind": "Thing", "spec": {"deep": [{"pod": loose}]}}
    ((code, message),) = told(x=odd)
    assert code == "TT409"
    assert "Thing/settings would be refused as `podSecurity: restricted` asks" in message
    (diagnostic,) = compiled(system({"x": odd}), CLUSTER).diagnostics
    assert "containers" not in str(diagnostic.message.partition(":")[0])
    changed = tree()
    changed["spec"]["manifests"] = {"x": odd}
    changed["spec"]["security"]["podSecurity"] = "baseline"
    assert compiled(resolved(changed, "cluster"), CLUSTER).diagnostics == ()


def test_kinds_of_the_cluster_have_no_namespace() -> None:
    found = made(
        fast={**own.config_map("fast"), "apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass"}
    )
    assert manifest(found, "PriorityClass/fast").ref.namespace == ""
    assert "namespace" not in manifest(found, "PriorityClass/fast").body["metadata"]


def test_scopes_come_from_the_cluster_then_from_definitions_then_from_the_table() -> None:
    served = {**US_EAST.kinds, "a.b/v1": ("Far", "Near")}
    facts = US_EAST.model_copy(update={"kinds": served, "cluster_scoped": {"a.b/v1": ("Far",)}})
    defined = {("a.b", "Near"): False, ("c.d", "Far"): False, ("c.d", "Near"): True}
    assert not is_namespaced("a.b/v1", "Far", facts, defined)
    assert is_namespaced("a.b/v1", "Near", facts, defined)  # whatever the spec says of it
    assert not is_namespaced("c.d/v1", "Far", facts, defined)
    assert is_namespaced("c.d/v1", "Near", facts, defined)
    assert is_namespaced("e.f/v1", "Unheard", facts, defined)
    assert not is_namespaced("kueue.x-k8s.io/v1beta1", "ClusterQueue", None, {})
    assert not is_namespaced("kueue.x-k8s.io/v1beta1", "ClusterQueue", US_EAST, {})  # not served: the table


def test_a_kind_comes_after_its_definition_and_is_known_by_it() -> None:
    things = {"apiVersion": "a.b/v1", "kind": "Thing", "metadata": {"name": "one"}}
    target = replace(
        CLUSTER, cluster="us-east", facts=US_EAST.model_copy(update={"default_storage_class": "x"})
    )
    objects: Any = {"crd": own.definition("a.b", "Thing", "Cluster"), "one": things}
    missing = [message for code, message in told(target, **objects) if code == "TT408"]
    assert not any("Thing" in message for message in missing)
    found = made(**objects)
    assert manifest(found, "Thing/one").ref.namespace == ""
    assert Edge("Thing/one", "CustomResourceDefinition/things.a.b", Fact.READY) in found.edges
    nodes = [m.node for m in found.manifests]
    assert nodes.index("CustomResourceDefinition/things.a.b") < nodes.index("Thing/one")


def test_this_machine_takes_the_kinds_that_it_knows() -> None:
    document = tree()
    document["spec"]["manifests"] = {"tune": own.job_set(), "limits": own.config_map()}
    (found,) = compiled(resolved(document), LOCAL).diagnostics
    assert found.code == "TT408"
    assert "`overrides: {manifests: {tune: null}}`" in found.message
    document["spec"]["environments"]["laptop"]["overrides"] = {"manifests": {"tune": None}}
    assert compiled(resolved(document), LOCAL).diagnostics == ()


def test_the_kinds_of_this_machine_are_those_of_its_engine() -> None:
    ours = {("v1", "Secret"), ("coordination.k8s.io/v1", "Lease")}
    served = {key for key in KINDS if key not in ours and not key[0].startswith("trimtab.dev/")}
    assert {(version, kind) for version, kinds in LOCAL_KINDS.items() for kind in kinds.split()} == served


def test_the_order_of_the_spec_does_not_matter() -> None:
    one, two = own.config_map("one"), own.config_map("two")
    assert made(a=one, b=two) == made(b=two, a=one)


def test_a_system_of_own_objects_alone_asks_for_no_storage_and_no_image_of_ours() -> None:
    document = tree()
    environments = {"cluster": {"runOn": "cluster"}}
    document["spec"] = {"manifests": {"limits": own.config_map()}, "environments": environments}
    imageless = replace(CLUSTER, runtime_image="")
    kinds = [each.ref.kind for each in bundle(resolved(document, "cluster"), imageless).manifests]
    assert "ConfigMap" in kinds
    assert "PersistentVolumeClaim" not in kinds
