"""Checkpoints: the newest that is whole is the one that counts, and few are kept."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("torch")

import torch

from trimtab.runtime.checkpoints import Checkpoints

pytestmark = pytest.mark.torch


def test_the_newest_comes_back(tmp_path: Path) -> None:
    checkpoints = Checkpoints(tmp_path / "checkpoints", keep=2)
    assert checkpoints.newest() is None
    for step in (9, 10, 100):
        checkpoints.save(step, {"step": step, "weights": torch.full((3,), float(step))})
    newest = checkpoints.newest()
    assert newest is not None
    assert newest["step"] == 100
    assert newest["weights"].tolist() == [100, 100, 100]


def test_only_as_many_are_kept_and_no_draft(tmp_path: Path) -> None:
    (tmp_path / ".7.pt.tmp").write_bytes(b"of a process that was killed while it wrote")
    checkpoints = Checkpoints(tmp_path, keep=2)
    for step in range(5):
        checkpoints.save(step, {})
    assert [path.name.partition("-")[0] for path in sorted(tmp_path.iterdir())] == [
        "000000000003",
        "000000000004",
    ]


@pytest.mark.parametrize("damage", ["cut", "flip", "empty"])
def test_a_damaged_one_is_passed_over(
    tmp_path: Path, damage: str, capsys: pytest.CaptureFixture[str]
) -> None:
    checkpoints = Checkpoints(tmp_path, keep=2)
    checkpoints.save(1, {"step": 1})
    path = checkpoints.save(2, {"step": 2})
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes({"cut": bytes(content[:-30]), "flip": bytes(content), "empty": b""}[damage])
    assert checkpoints.newest() == {"step": 1}
    assert "is damaged; trying the one before" in capsys.readouterr().err


class Evil:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return print, ("code from a checkpoint has run",)


def test_code_in_a_checkpoint_is_never_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    checkpoints = Checkpoints(tmp_path, keep=1)
    checkpoints.save(1, {"step": Evil()})  # its digest is right
    assert checkpoints.newest() is None
    assert "code from a checkpoint has run" not in capsys.readouterr().out
