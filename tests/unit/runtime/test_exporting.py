"""A saved model is served without its code: named tensors in and out, for any batch size, whatever wrapped it."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("torch")

import numpy as np
import torch

from trimtab.runtime import exporting
from trimtab.runtime.complaint import Complaint
from trimtab.runtime.model_file import PROGRAM, Signature, Tensor
from trimtab.runtime.torch_model import TorchModel

pytestmark = [
    pytest.mark.torch,
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning"),
]


class Net(torch.nn.Module):  # type: ignore[misc]
    def __init__(self) -> None:
        super().__init__()
        self.layer = torch.nn.Sequential(torch.nn.Dropout(0.9), torch.nn.Linear(3, 2))

    def forward(self, x: torch.Tensor, shift: torch.Tensor) -> dict[str, torch.Tensor]:
        scores = self.layer(x) + shift
        return {"label": scores.argmax(dim=1), "scores": scores}


class Plain(torch.nn.Module):  # type: ignore[misc]
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x * 2


def test_it_answers_as_the_model_for_any_batch(tmp_path: Path) -> None:
    net = Net().eval()
    exporting.export(net, {"x": torch.zeros(4, 3), "shift": torch.zeros(4, 2)}, tmp_path)
    model = TorchModel(tmp_path)
    assert model.signature == Signature(
        (Tensor("x", "FP32", (-1, 3)), Tensor("shift", "FP32", (-1, 2))),
        (Tensor("label", "INT64", (-1,)), Tensor("scores", "FP32", (-1, 2))),
    )
    model.warm_up()
    for rows in (1, 2, 7):
        x, shift = torch.randn(rows, 3), torch.randn(rows, 2)
        answer = model.infer({"x": x.numpy(), "shift": shift.numpy()})
        np.testing.assert_allclose(answer["scores"], net(x, shift)["scores"].detach(), rtol=1e-5)


def test_outputs_without_a_name_get_those_given(tmp_path: Path) -> None:
    exporting.export(Plain(), {"x": torch.zeros(1, 2)}, tmp_path, outputs=["twice"])
    assert TorchModel(tmp_path)(x=torch.ones(3, 2))["twice"].tolist() == [[2, 2]] * 3


def test_the_model_that_trains_is_left_as_it_is(tmp_path: Path) -> None:
    net = Net().train()
    exporting.export(net, {"x": torch.zeros(2, 3), "shift": torch.zeros(2, 2)}, tmp_path)
    assert net.training


@pytest.mark.parametrize(
    ("example", "sentence"),
    [
        ({"x": [1, 2]}, "the example x should be a tensor"),
        ({"x": torch.tensor(1.0)}, "whose first dimension is the batch"),
        ({"y": torch.zeros(2, 2)}, "the model can't be exported"),
        ({"x": torch.zeros(2, 2, dtype=torch.complex64)}, "x can't be served"),
    ],
)
def test_what_cannot_be_served_is_one_sentence(
    tmp_path: Path, example: dict[str, object], sentence: str
) -> None:
    with pytest.raises(Complaint, match=sentence):
        exporting.export(Plain(), example, tmp_path)
    assert not (tmp_path / PROGRAM).exists()


def test_a_model_that_is_not_there_or_broken_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(Complaint, match="there is no model in"):
        TorchModel(tmp_path)
    exporting.export(Plain(), {"x": torch.zeros(1, 2)}, tmp_path)
    (tmp_path / PROGRAM).write_bytes(b"PK")
    with pytest.raises(Complaint, match="can't be loaded"):
        TorchModel(tmp_path)
    (tmp_path / "model.json").write_text("{}")
    with pytest.raises(Complaint, match="does not describe a model"):
        TorchModel(tmp_path)
