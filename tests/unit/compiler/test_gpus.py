"""GPUs of a pool: how many of each node, on which nodes, and what of that is part of the recipe."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from compiled_specs import CLUSTER, IMAGE, LOCAL, US_EAST, bundle, compiled, manifest, run, spec

from trimtab.compiler import Capabilities
from trimtab.compiler.bundle import Bundle
from trimtab.compiler.cluster_facts import Gpu
from trimtab.compiler.gpus import PRODUCTS
from trimtab.spec.resolve import Resolved

POOLS = "{gpu: {accelerator: {type: TYPE, perNode: 8}}}"
BODY = """
training:
  c:
    command: [python]
    image: IMAGE
    launcher: torchrun
    accept: {auc: {min: 0.9}}
    evaluate: {held: {command: [python], resources: {gpu: 1}, accept: {auc: {min: 0.9}}}}
deployment: {api: {model: c, server: {torch: {}}, resources: {gpu: 2}}}
"""
LINE = 5
"""Of `compute`, where the pool stands."""


def system(kind: str = "[H100, H200]", change: tuple[str, str] = ("", "")) -> Resolved:
    body = BODY.replace("IMAGE", IMAGE).replace(*change) if change[0] else BODY.replace("IMAGE", IMAGE)
    return spec(body, ("{cpu: {node: {cpu: 4, memory: 16Gi}}}", POOLS.replace("TYPE", kind)))


def made(
    kind: str = "[H100, H200]", change: tuple[str, str] = ("", ""), target: Capabilities = CLUSTER
) -> Bundle:
    return bundle(system(kind, change), target)


def pod(found: Bundle, name: str) -> dict[str, Any]:
    if name == "api":
        template: Any = manifest(found, "Deployment/api").body["spec"]["template"]
    else:
        template = run(found, name).workload[-1].body["spec"]["template"]
    whole: dict[str, Any] = template["spec"]
    return whole


@pytest.mark.parametrize(("name", "count"), [("c", "8"), ("c-held", "1"), ("api", "2")])
def test_a_workload_takes_what_it_asks_for_else_the_whole_node(name: str, count: str) -> None:
    resources = pod(made(), name)["containers"][0]["resources"]
    assert resources["requests"]["nvidia.com/gpu"] == resources["limits"]["nvidia.com/gpu"] == count


def test_any_of_the_products_will_do_and_the_first_is_preferred() -> None:
    affinity = pod(made(), "c")["affinity"]["nodeAffinity"]
    (term,) = affinity["requiredDuringSchedulingIgnoredDuringExecution"]["nodeSelectorTerms"]
    (wanted,) = term["matchExpressions"]
    assert (wanted["key"], wanted["operator"]) == ("nvidia.com/gpu.product", "In")
    assert wanted["values"] == [*PRODUCTS["H100"], *PRODUCTS["H200"]]
    first, second = affinity["preferredDuringSchedulingIgnoredDuringExecution"]
    assert first["weight"] > second["weight"]
    assert first["preference"]["matchExpressions"][0]["values"] == list(PRODUCTS["H100"])


def test_one_product_needs_no_preference() -> None:
    affinity = pod(made("H100"), "c")["affinity"]["nodeAffinity"]
    assert affinity.keys() == {"requiredDuringSchedulingIgnoredDuringExecution"}


def test_what_keeps_others_off_such_nodes_is_no_hindrance() -> None:
    toleration = {"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"}
    assert all(pod(made(), name)["tolerations"] == [toleration] for name in ("c", "c-held", "api"))


def test_none_are_asked_for_where_none_are_wanted() -> None:
    found = pod(made(change=("resources: {gpu: 1}", "resources: {gpu: 0}")), "c-held")
    assert "affinity" not in found
    assert "tolerations" not in found
    assert "nvidia.com/gpu" not in str(found)
    assert "nvidia.com/gpu" not in str(run(made(), "c").lookup.body)


def test_processes_are_as_many_as_gpus() -> None:
    found = made()
    variables = {each["name"]: each.get("value") for each in pod(found, "c")["containers"][0]["env"]}
    assert variables["PET_NPROC_PER_NODE"] == "8"
    assert (run(found, "c").recipe["gpus"], run(found, "c").recipe["processes"]) == (8, 8)
    fewer = made(change=("launcher: torchrun", "launcher: torchrun\n    processes: 2"))
    assert run(fewer, "c").recipe["processes"] == 2


def test_ranks_share_memory() -> None:
    volumes = {each["name"]: each for each in pod(made(), "c")["volumes"]}
    assert volumes["shm"]["emptyDir"]["medium"] == "Memory"


def test_how_many_is_part_of_the_recipe_and_of_which_product_is_not() -> None:
    runs = [run(made(), "c"), run(made("H200"), "c")]
    assert runs[0].recipe_digest == runs[1].recipe_digest
    fewer = made(
        change=("launcher: torchrun", "launcher: torchrun\n    processes: 8\n    resources: {gpu: 4}")
    )
    assert run(fewer, "c").recipe_digest != runs[0].recipe_digest


def test_each_field_is_said_by_the_line_that_asked_for_it() -> None:
    found, place = made(), ("spec", "template", "spec")
    job, server = run(found, "c").workload[-1], manifest(found, "Deployment/api")
    amount = (*place, "containers", 0, "resources", "requests", "nvidia.com/gpu")
    pool = ("spec", "compute", "pools", "gpu", "accelerator")
    assert job.origin(amount) == (*pool, "perNode")
    assert server.origin(amount) == ("spec", "deployment", "api", "resources", "gpu")
    assert job.origin((*place, "affinity", "nodeAffinity")) == (*pool, "type")


def test_what_a_cluster_was_found_to_have_is_known_too() -> None:
    gpus = {name: Gpu(resource="nvidia.com/gpu", per_node=8) for name in ("NVIDIA-H100-NVL-2", "Odd-GPU")}
    facts = US_EAST.model_copy(update={"gpus": gpus, "default_storage_class": "standard"})
    target = replace(CLUSTER, cluster="us-east", facts=facts)
    (term,) = pod(made("H100", target=target), "c")["affinity"]["nodeAffinity"][
        "requiredDuringSchedulingIgnoredDuringExecution"
    ]["nodeSelectorTerms"]
    assert "NVIDIA-H100-NVL-2" in term["matchExpressions"][0]["values"]
    assert made("Odd-GPU", target=target)


def test_a_product_that_nobody_knows_is_refused_at_its_word() -> None:
    found = {(d.code, d.span.line) for d in compiled(system("MI300X"), CLUSTER).diagnostics}
    assert found == {("TT401", LINE)}
    assert "`MI300X`" in compiled(system("MI300X"), CLUSTER).diagnostics[0].message


def test_this_machine_gives_out_no_gpus() -> None:
    code_alone = system(change=(f"image: {IMAGE}", "code: {path: src}"))
    found = compiled(code_alone, LOCAL).diagnostics
    assert {d.code for d in found} == {"TT401"}
    assert [d.span.line for d in found] == [LINE, 12, 13]
    assert "`resources: {gpu: 0}`" in found[0].message
