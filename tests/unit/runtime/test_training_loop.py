"""A training that is interrupted anywhere ends with exactly the numbers of one that was not."""

from __future__ import annotations

import os
import random
import signal
from typing import Any

import pytest
from run_roots import Root

pytest.importorskip("torch")

import numpy as np
import torch
from torch.utils.data import TensorDataset

import trimtab.runtime as trimtab
from trimtab.runtime import cadence

pytestmark = pytest.mark.torch

EPOCHS, ROWS, BATCH = 3, 20, 4


@pytest.fixture(autouse=True)
def _check_after_each_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cadence, "_BETWEEN_CHECKS", 0)


def train(root: Root, *, stop_at: int | None = None, every: str = "3600") -> dict[str, Any]:
    """A script that draws from every source of chance. It asks itself to stop in its batch number `stop_at`."""
    run = trimtab.torch_run(root.environment(TRIMTAB_SEED="7", TRIMTAB_CHECKPOINT_SECONDS=every))
    model = run.prepare(
        torch.nn.Sequential(torch.nn.Linear(2, 4), torch.nn.Dropout(0.5), torch.nn.Linear(4, 1))
    )
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.1)
    schedule = torch.optim.lr_scheduler.StepLR(optimizer, 1, 0.5)
    batches = run.loader(TensorDataset(torch.arange(2.0 * ROWS).reshape(ROWS, 2)), batch_size=BATCH)
    count = 0
    for _ in run.epochs(EPOCHS, model=model, optimizer=optimizer, schedule=schedule):
        for (x,) in batches:
            count += 1
            loss = (model(x) * random.random() * np.random.random()).square().mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            run.observe(loss=loss)
            if count == stop_at:
                os.kill(os.getpid(), signal.SIGTERM)
        schedule.step()
    run.finish()
    return {name: value.tolist() for name, value in model.state_dict().items()}


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], Any]:
    root = Root(tmp_path_factory.mktemp("uninterrupted"))
    return train(root), root.words


@pytest.mark.parametrize("stop_at", [1, 3, 5, 6, 14])
def test_stopped_on_request_and_resumed(
    root: Root, uninterrupted: tuple[dict[str, Any], Any], stop_at: int, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stopped:
        train(root, stop_at=stop_at)
    assert stopped.value.code == 75
    assert "stopped on request, with a checkpoint in epoch" in capsys.readouterr().err
    assert not (root.path / "record").exists()

    weights, words = uninterrupted
    assert train(root) == weights
    assert root.words["metrics"] == words["metrics"]
    assert root.words["history"] == words["history"]
    assert (root.words["resumed"], root.words["restarts"]) == (stop_at // (ROWS // BATCH), 1)


def test_stopped_again_and_again(root: Root, uninterrupted: tuple[dict[str, Any], Any]) -> None:
    for _ in range(3):
        with pytest.raises(SystemExit):
            train(root, stop_at=2)
    assert train(root) == uninterrupted[0]
    assert root.words["restarts"] == 3


def test_killed_with_checkpoints_that_come_with_time(
    root: Root, uninterrupted: tuple[dict[str, Any], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is lost is what came after the last of them."""
    monkeypatch.setattr("trimtab.runtime.torch_training.TorchRun._report", _die)
    with pytest.raises(MemoryError):
        train(root, every="0")
    monkeypatch.undo()
    assert train(root) == uninterrupted[0]


def _die(*_: object) -> None:
    raise MemoryError


def test_the_end_is_saved_so_that_a_failed_export_costs_no_training(
    root: Root, monkeypatch: pytest.MonkeyPatch
) -> None:
    weights = train(root)
    before = signal.getsignal(signal.SIGTERM)
    assert train(root, stop_at=1) == weights, "no batch was run"
    assert signal.getsignal(signal.SIGTERM) is before


def test_a_checkpoint_of_another_script_is_no_use(root: Root) -> None:
    with pytest.raises(SystemExit):
        train(root, stop_at=3)
    run = trimtab.torch_run(root.environment(TRIMTAB_CHECKPOINT_SECONDS="9"))
    model = torch.nn.Linear(1, 1)
    optimizer = torch.optim.SGD(model.parameters())
    assert list(run.epochs(2, model=model, optimizer=optimizer)) == [0, 1]


def test_without_checkpoints_it_just_trains(
    root: Root, uninterrupted: tuple[dict[str, Any], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trimtab.runtime.environment.Environment.checkpoints", None)
    assert train(root) == uninterrupted[0]
    assert not (root.path / "checkpoints").exists()
