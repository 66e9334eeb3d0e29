"""What enters a run's key, and what never does."""

from __future__ import annotations

import pytest
from compiled_specs import CLUSTER, LOCAL, SOURCES, bundle, digits, run

from trimtab.compiler import CodeTree, Lock, Sources
from trimtab.compiler.recipe import FIELDS
from trimtab.spec.model.data import Pipeline
from trimtab.spec.model.training import Evaluation, Training
from trimtab.spec.model.workload import Workload

SEED = "      seed: 7\n"
IMAGE_DIGEST = "sha256:6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b"


@pytest.mark.parametrize("workload", [Pipeline, Training, Evaluation])
def test_every_field_of_a_workload_is_declared_in_or_out(workload: type[Workload]) -> None:
    assert set(workload.model_fields) <= set(FIELDS)


def test_no_field_is_declared_that_the_language_does_not_have() -> None:
    known = {*Pipeline.model_fields, *Training.model_fields, *Evaluation.model_fields}
    assert set(FIELDS) <= known


def test_on_this_machine_the_key_holds_interpreter_lock_and_code() -> None:
    recipe = run(bundle(digits()), "classifier").recipe
    assert recipe["interpreter"] == "cpython-3.11"
    assert recipe["lock"] == SOURCES.locks["requirements.txt"].digest
    assert recipe["code"] == SOURCES.trees["src"].digest
    assert "image" not in recipe


def test_on_a_cluster_the_key_holds_image_and_code() -> None:
    recipe = run(bundle(digits(environment="cluster"), CLUSTER), "classifier").recipe
    assert recipe["image"] == IMAGE_DIGEST
    assert recipe["code"] == SOURCES.trees["src"].digest
    assert not {"interpreter", "lock"} & set(recipe)


def test_the_world_is_nodes_and_processes() -> None:
    recipe = run(bundle(digits()), "classifier").recipe
    assert (recipe["nodes"], recipe["processes"], recipe["gpus"], recipe["launcher"]) == (2, 1, 0, "torchrun")


def test_an_evaluation_has_its_trainings_code_and_environment_in_its_recipe() -> None:
    made = bundle(digits((SEED, f"{SEED}      env: {{LEVEL: high}}\n")))
    recipe = run(made, "classifier-on-held-out").recipe
    assert recipe["env"] == {"LEVEL": {"value": "high"}}
    assert recipe["code"] == SOURCES.trees["src"].digest
    assert recipe["command"] == ["python", "-m", "digits.evaluate"]


def test_a_secret_enters_by_name() -> None:
    secret = ("  security:\n", "  security:\n    secrets: {hf: {vault: kv/hf}}\n")
    made = bundle(digits((SEED, f"{SEED}      env: {{TOKEN: {{secret: hf}}}}\n"), secret))
    assert run(made, "classifier").recipe["env"] == {"TOKEN": {"secret": "hf"}}


def test_what_is_left_out_and_what_is_written_as_the_default_are_one_recipe() -> None:
    written, unwritten = bundle(digits((SEED, f"{SEED}      processes: 1\n"))), bundle(digits())
    assert run(written, "classifier").recipe_digest == run(unwritten, "classifier").recipe_digest


@pytest.mark.parametrize(
    "sources",
    [
        Sources({"src": CodeTree("sha256:0", b"")}, SOURCES.locks, SOURCES.interpreter),
        Sources(SOURCES.trees, {"requirements.txt": Lock("sha256:0", "")}, SOURCES.interpreter),
        Sources(SOURCES.trees, SOURCES.locks, "cpython-3.13"),
    ],
)
def test_other_sources_are_another_recipe(sources: Sources) -> None:
    before, after = bundle(digits()), bundle(digits(), LOCAL, sources)
    assert run(before, "classifier").recipe_digest != run(after, "classifier").recipe_digest


def test_a_tree_that_no_commit_holds_is_the_same_code() -> None:
    tree = SOURCES.trees["src"]
    dirty = Sources(
        {"src": CodeTree(tree.digest, tree.archive, dirty=True)}, SOURCES.locks, SOURCES.interpreter
    )
    assert bundle(digits(), LOCAL, dirty) == bundle(digits())
