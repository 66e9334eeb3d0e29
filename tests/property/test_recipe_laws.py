"""Order and placement never change a recipe; whatever can change a result always does."""

from __future__ import annotations

from typing import Any

import pytest
from compiled_specs import run
from hypothesis import given, settings
from hypothesis import strategies as st
from spec_trees import Path, compiled, tree, with_value

from trimtab.compiler.bundle import Bundle

TRAINING: Path = ("training", "classifier")
EVALUATION: Path = (*TRAINING, "evaluate", "onHeldOut")
PIPELINE: Path = ("data", "pipelines", "prepare")

IN: list[tuple[str, Path, Any]] = [
    ("classifier", (*TRAINING, "command"), ["python", "-m", "digits.other"]),
    ("classifier", (*TRAINING, "params", "epochs"), 13),
    ("classifier", (*TRAINING, "params", "epochs"), 12.0),
    ("classifier", (*TRAINING, "params", "new"), 1),
    ("classifier", (*TRAINING, "seed"), 0),
    ("classifier", (*TRAINING, "nodes"), 3),
    ("classifier", (*TRAINING, "processes"), 2),
    ("classifier", (*TRAINING, "launcher"), "plain"),
    ("classifier", (*TRAINING, "env"), {"A": "1"}),
    ("classifier", (*TRAINING, "reads"), ["heldOut"]),
    ("prepare", (*PIPELINE, "command"), ["python"]),
    ("prepare", (*PIPELINE, "writes"), ["images", "heldOut", "more"]),
    ("classifier-on-held-out", (*EVALUATION, "command"), ["python"]),
    ("classifier-on-held-out", (*EVALUATION, "reads"), ["images"]),
    ("classifier-on-held-out", (*EVALUATION, "params"), {"batch": 1}),
    ("images-contract", ("data", "datasets", "images", "expect", "rows", "min"), 5),
    ("images-contract", ("data", "datasets", "images", "format"), "csv"),
    ("inputs-drift", ("data", "datasets", "images", "format"), "csv"),
    ("inputs-drift", ("monitoring", "drift", "inputs", "accept"), {"ks": {"max": 0.1}}),
]
OUT: list[tuple[Path, Any]] = [
    ((*TRAINING, "resources"), {"cpu": 2, "memory": "4Gi"}),
    ((*TRAINING, "timeout"), {"run": "1h"}),
    ((*TRAINING, "retries"), 9),
    ((*TRAINING, "checkpoint"), {"every": "9s", "keep": 7}),
    ((*TRAINING, "pool"), "other"),
    ((*TRAINING, "attempt"), 2),
    ((*EVALUATION, "attempt"), 2),
    ((*PIPELINE, "attempt"), 2),
    ((*TRAINING, "accept"), {"loss": {"max": 0.4}}),
    ((*EVALUATION, "accept"), {"accuracy": {"min": 0.1}}),
    ((*EVALUATION, "resources"), {"cpu": 2}),
    (("compute", "pools", "cpu", "node"), {"cpu": 8, "memory": "32Gi"}),
    (("data", "datasets", "images", "path"), "elsewhere"),
    (("data", "artifacts"), {"store": "scratch"}),
    (("monitoring", "drift", "inputs", "schedule"), {"every": "1h"}),
    (("monitoring", "drift", "inputs", "accept", "psi", "max"), 0.5),
    (("security", "podSecurity"), "baseline"),
    (("deployment", "recognizer", "replicas"), 3),
]


def recipes(found: Bundle) -> dict[str, str]:
    return {r.name: r.recipe_digest for r in found.runs}


@pytest.mark.parametrize(("name", "path", "value"), IN)
def test_what_can_change_a_result_changes_the_recipe(name: str, path: Path, value: Any) -> None:
    before, after = compiled(tree()), compiled(with_value(path, value))
    assert run(before, name).recipe_digest != run(after, name).recipe_digest


@pytest.mark.parametrize(("path", "value"), OUT)
def test_what_cannot_change_a_result_leaves_every_recipe(path: Path, value: Any) -> None:
    before, after = compiled(tree()), compiled(with_value(path, value))
    assert recipes(before) == recipes(after)
    assert before != after


@pytest.mark.parametrize("field", ["resources", "timeout", "retries", "checkpoint", "pool"])
def test_placement_changes_the_exec_digest(field: str) -> None:
    path, value = next((p, v) for p, v in OUT if p == (*TRAINING, field))
    before, after = compiled(tree()), compiled(with_value(path, value))
    assert run(before, "classifier").exec_digest != run(after, "classifier").exec_digest


@settings(deadline=None, max_examples=15)
@given(st.randoms(use_true_random=False), st.sampled_from(["laptop", "cluster"]))
def test_the_order_of_maps_changes_nothing(random: Any, environment: str) -> None:
    shuffled = compiled(_shuffled(tree(), random), environment)
    plain = compiled(tree(), environment)
    assert recipes(shuffled) == recipes(plain)
    assert shuffled == plain


@settings(deadline=None, max_examples=15)
@given(
    st.dictionaries(
        st.from_regex("[a-z]{1,9}", fullmatch=True), st.from_regex("[a-z0-9]{1,9}", fullmatch=True)
    )
)
def test_labels_change_no_recipe(labels: dict[str, str]) -> None:
    labelled = tree()
    labelled["metadata"]["labels"] = labels
    assert recipes(compiled(labelled)) == recipes(compiled(tree()))


def _shuffled(value: Any, random: Any) -> Any:
    if isinstance(value, dict):
        items = list(value.items())
        random.shuffle(items)
        return {key: _shuffled(item, random) for key, item in items}
    return value
