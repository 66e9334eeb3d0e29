"""What was found in a cluster: kept as the same bytes, read back, and names and kinds checked against it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from compiled_specs import CLUSTER, IMAGE, US_EAST, bundle, compiled, digits, manifest, spec

from trimtab.compiler import Capabilities
from trimtab.compiler.cluster_facts import ClusterFacts, Gpu, from_text, to_text
from trimtab.compiler.cluster_files import file_name
from trimtab.compiler.cluster_names import KNOWN, UNRECORDED
from trimtab.spec.json_schema import json_schema
from trimtab.spec.resolve import Resolved

FULL = US_EAST.model_copy(
    update={
        "gpus": {"NVIDIA-H100-80GB-HBM3": Gpu(resource="nvidia.com/gpu", per_node=8)},
        "fixed": {"jobset.x-k8s.io/v1alpha2/JobSet": ("spec.replicatedJobs",)},
        "default_storage_class": "standard",
    }
)


def target(**facts: Any) -> Capabilities:
    return replace(CLUSTER, cluster="us-east", facts=US_EAST.model_copy(update=facts), kubernetes_minor=36)


def told(found: Resolved, capabilities: Capabilities) -> list[tuple[str, str, int]]:
    return [(d.code, d.message, d.span.line) for d in compiled(found, capabilities).diagnostics]


VOLUME = f"""
training:
  c: {{command: [python], image: {IMAGE}}}
data:
  stores:
    scratch: {{volume: {{size: 1Gi, class: CLASS}}}}
  artifacts: {{store: scratch}}
environments:
  prod: {{runOn: us-east}}
"""


def test_what_was_found_reads_back_as_it_was_written() -> None:
    assert from_text(to_text(FULL), "f") == FULL
    assert to_text(FULL) == to_text(FULL.model_copy(update={"kinds": dict(reversed(FULL.kinds.items()))}))
    assert "null" not in to_text(US_EAST)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{", "Invalid JSON"),
        ("[]", "Input should be an object"),
        ('{"kinds": {}}', "`minor`: Field required"),
        ('{"kinds": {}, "minor": "37"}', "`minor`: Input should be a valid integer"),
        ('{"kinds": {"v1": "Pod"}, "minor": 37}', "`kinds.v1`"),
        ('{"kinds": {}, "minor": 37, "cni": "x"}', "`cni`: Extra inputs are not permitted"),
        ('{"format": "trimtab.dev/cluster.v2", "kinds": {}, "minor": 37}', "`format`"),
    ],
)
def test_what_is_no_such_file_says_why(text: str, why: str) -> None:
    told = from_text(text, "clusters/a.json")
    assert isinstance(told, str)
    assert told.startswith("`clusters/a.json` can't be read (")
    assert why in told


def test_a_context_names_a_file_of_the_folder_whatever_it_is() -> None:
    assert file_name("staging") == "clusters/staging.json"
    assert file_name("arn:aws:eks:eu:1:cluster/../x") == "clusters/arn_aws_eks_eu_1_cluster_.._x.json"
    assert file_name("../../etc") == "clusters/_.._etc.json"


def test_a_storage_class_that_is_not_there_is_told_with_those_that_are() -> None:
    wrong = spec(VOLUME.replace("CLASS", "tape"))
    message = "no storage class `tape` in cluster `us-east`; there are `fast-nvme` and `standard`"
    assert told(wrong, target()) == [("TT408", f"{message} (clusters/us-east.json)", 10)]
    assert told(spec(VOLUME.replace("CLASS", "fast-nvme")), target()) == []
    assert told(wrong, CLUSTER) == []  # nothing is known of it


def test_nothing_is_concluded_from_what_could_not_be_read() -> None:
    assert told(spec(VOLUME.replace("CLASS", "tape")), target(storage_classes=None)) == []


def test_without_a_default_class_each_volume_must_name_one() -> None:
    bare = spec(VOLUME.replace(", class: CLASS", ""))
    ((code, message, line),) = told(bare, target())
    assert (code, line) == ("TT408", 10)
    assert "no default storage class: write `class`; there is `fast-nvme` and `standard`" in message
    assert told(bare, target(default_storage_class="standard")) == []
    implicit = spec(
        "training:\n  c: {command: [python], code: {path: src}}\nenvironments: {prod: {runOn: us-east}}"
    )
    assert [code for code, _, _ in told(implicit, target())] == ["TT408"]


def test_a_name_with_its_namespace_is_known_in_that_namespace() -> None:
    text = "training:\n  c: {command: [python], code: {path: src}, priority: NAME}"

    def named(name: str, **facts: Any) -> list[str]:
        found = told(spec(text.replace("NAME", name)), target(default_storage_class="standard", **facts))
        return [message for code, message, _ in found if code == "TT408"]

    assert named("high") == []
    assert named("low") != []
    assert named("low", priority_classes=("test/low",)) == []
    assert named("low", priority_classes=("other/low",)) != []


def test_kinds_that_are_not_served_are_told_at_the_line_of_their_first_object() -> None:
    kinds = {**US_EAST.kinds, "batch/v1": ("CronJob",), "batch/v1beta1": ("Job",)}
    found = told(spec(VOLUME.replace("CLASS", "standard")), target(kinds=kinds))
    message = "cluster `us-east` does not serve `Job` of `batch/v1`, only `batch/v1beta1`"
    assert found == [("TT408", f"{message} (clusters/us-east.json)", 7)]


def test_the_minor_pins_the_pod_security_standard() -> None:
    capabilities = target(default_storage_class="standard")
    found = bundle(digits(environment="cluster"), capabilities)
    labels = manifest(found, "Namespace/digits").body["metadata"]["labels"]
    assert labels["pod-security.kubernetes.io/enforce-version"] == "v1.36"


def marked() -> Iterator[tuple[str, ...]]:
    """Every place of the language whose name only the cluster knows, as the schema marks them."""
    schema = json_schema()

    def walk(node: Any, path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
        if "$ref" in node:
            yield from walk(schema["$defs"][node["$ref"].rpartition("/")[2]], path)
        if node.get("x-known-to") == "cluster":
            yield path
        for arm in node.get("anyOf", ()):
            yield from walk(arm, path)
        for key, inner in node.get("properties", {}).items():
            if key != "overrides":
                yield from walk(inner, (*path, key))
        for inner in node.get("patternProperties", {}).values():
            yield from walk(inner, (*path, "*"))

    yield from walk(schema, ())


def test_every_name_that_the_schema_marks_is_checked_or_said_not_to_be() -> None:
    assert {known.path for known in KNOWN} | set(UNRECORDED) == set(marked())
    assert all(known.fact in ClusterFacts.model_fields for known in KNOWN)
