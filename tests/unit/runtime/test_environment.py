"""What a script is told, and what it hears when it was not told."""

from __future__ import annotations

from pathlib import Path

import pytest
from run_roots import Root

from trimtab.runtime.complaint import Complaint
from trimtab.runtime.environment import Environment
from trimtab.runtime.params import Params


def test_each_path_has_its_variable() -> None:
    environment = Environment({"TRIMTAB_ROOT": "/trimtab", "TRIMTAB_OUTPUT": "/elsewhere"})
    assert environment.output == Path("/elsewhere")
    assert environment.input == Path("/trimtab/input")


def test_outside_of_a_run_one_sentence_says_what_to_do() -> None:
    with pytest.raises(Complaint, match=r"TRIMTAB_OUTPUT is not set.*set TRIMTAB_ROOT") as complaint:
        _ = Environment({}).output
    assert complaint.value.code == f"trimtab: {complaint.value.sentence}"


def test_a_run_without_checkpoints_has_no_place_for_them() -> None:
    assert Environment({"TRIMTAB_ROOT": "/t"}).checkpoints is None
    assert Environment({"TRIMTAB_ROOT": "/t", "TRIMTAB_CHECKPOINT_SECONDS": "2"}).checkpoints == Path(
        "/t/checkpoints"
    )


def test_a_number_that_is_none_is_named() -> None:
    with pytest.raises(Complaint, match="TRIMTAB_SEED is 'seven'"):
        _ = Environment({"TRIMTAB_SEED": "seven"}).seed


def test_params_by_attribute_and_by_item(root: Root) -> None:
    root.params(learningRate=0.1, nested={"depth": 3})
    params = Params.read(root.environment().params)
    assert params.learningRate == params["learningRate"] == 0.1
    assert params.nested.depth == 3
    assert dict(params.nested) == {"depth": 3}
    assert params.get("missing", 5) == 5


def test_a_misspelt_param_is_corrected() -> None:
    with pytest.raises(AttributeError, match="no 'learnignRate'; did you mean learningRate"):
        _ = Params({"learningRate": 0.1}).learnignRate


def test_no_file_means_no_params(root: Root) -> None:
    assert len(Params.read(root.environment().params)) == 0


@pytest.mark.parametrize("text", ["{", "[1]"])
def test_broken_params_are_one_sentence(root: Root, text: str) -> None:
    root.write("params/params.json", text)
    with pytest.raises(Complaint, match="the params in"):
        Params.read(root.environment().params)
