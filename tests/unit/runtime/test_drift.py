"""Requests against the data that a model learnt from: the index's laws, and when there is no verdict."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from run_roots import Root

from trimtab.runtime import drift
from trimtab.runtime.complaint import Complaint
from trimtab.runtime.drift_statistics import ks, psi

SAMPLES = st.lists(st.floats(-1e6, 1e6) | st.just(float("nan")), min_size=1, max_size=60)
TEXTS = st.lists(st.sampled_from(["a", "b", "c", ""]), min_size=1, max_size=60)


@given(SAMPLES | TEXTS)
def test_a_sample_does_not_drift_from_itself(sample: list[Any]) -> None:
    assert psi(sample, sample) == pytest.approx(0, abs=1e-12)
    assert ks(sample, sample) == 0


@given(SAMPLES, SAMPLES)
def test_drift_is_never_negative(expected: list[float], actual: list[float]) -> None:
    assert psi(expected, actual) >= 0
    assert 0 <= ks(expected, actual) <= 1


@given(SAMPLES, st.randoms())
def test_the_order_of_a_sample_means_nothing(sample: list[float], random: Any) -> None:
    shuffled = list(sample)
    random.shuffle(shuffled)
    assert psi(sample, shuffled) == pytest.approx(0, abs=1e-12)


@given(st.floats(0.05, 0.75), st.floats(0.02, 0.1))
def test_it_grows_with_the_share_that_moved(share: float, more: float) -> None:
    expected = np.linspace(0, 1, 1000)

    def moved(part: float) -> Any:
        return np.where(np.arange(1000) < part * 1000, 0.95, expected)

    assert psi(expected, moved(share)) < psi(expected, moved(share + more))
    assert ks(expected, moved(share)) <= ks(expected, moved(share + more))


def test_known_numbers() -> None:
    """Half a population that moves from one of two values to the other."""
    expected, actual = [0] * 50 + [1] * 50, [0] * 25 + [1] * 75
    assert psi(expected, actual) == pytest.approx(0.25 * np.log(0.5 / 0.25) + 0.25 * np.log(0.75 / 0.5))
    assert ks(expected, actual) == 0.25


def test_a_value_never_seen_before_is_drift() -> None:
    assert psi(["a"] * 100, ["a"] * 90 + ["b"] * 10) > 0.25
    assert ks(["a"] * 100, ["a"] * 90 + ["b"] * 10) == pytest.approx(0.1)


@pytest.fixture
def captured(tmp_path: Path) -> Path:
    (tmp_path / "captured").mkdir()
    return tmp_path / "captured"


def capture(folder: Path, pixels: Any, name: str = "1.jsonl") -> Path:
    rows = [json.dumps({"inputs": {"pixels": row.tolist()}, "outputs": {}}) for row in pixels]
    (folder / name).write_text("\n".join(rows) + "\n")
    return folder


@pytest.fixture
def reference(tmp_path: Path) -> Path:
    (tmp_path / "reference").mkdir()
    pixels = np.random.default_rng(0).random((500, 8, 8))
    np.savez(tmp_path / "reference" / "images.npz", pixels=pixels, label=np.zeros(500))
    return tmp_path / "reference"


def test_requests_like_the_reference_do_not_drift(captured: Path, reference: Path) -> None:
    metrics, problems = drift.compare(
        capture(captured, np.random.default_rng(1).random((100, 8, 8))), reference
    )
    assert problems == []
    assert metrics["samples"] == 100
    assert metrics["psi"] == metrics["psi.pixels"] < 0.05
    assert metrics["ks"] < 0.05


def test_darker_requests_do(captured: Path, reference: Path) -> None:
    darker = np.random.default_rng(1).random((100, 8, 8)) / 2
    assert drift.compare(capture(captured, darker), reference)[0]["psi"] > 0.25


def test_one_feature_of_a_row_that_moves_is_enough(captured: Path, reference: Path) -> None:
    np.savez(reference / "images.npz", pixels=np.random.default_rng(0).random((400, 20)))
    moved = np.random.default_rng(1).random((200, 20))
    moved[:, 7] += 1
    assert drift.compare(capture(captured, moved), reference)[0]["psi"] > 1


def test_too_few_requests_give_no_verdict(captured: Path, reference: Path) -> None:
    few = np.random.default_rng(1).random((3, 8, 8))
    metrics, problems = drift.compare(capture(captured, few), reference)
    assert metrics == {"samples": 3}
    assert problems == ["3 requests were captured; 50 are needed to tell drift"]


def test_lines_that_are_still_being_written_are_passed_over(captured: Path, reference: Path) -> None:
    capture(captured, np.random.default_rng(1).random((60, 8, 8)))
    with (captured / "1.jsonl").open("a") as file:
        file.write('\n[]\n{"inputs": 1}\n{"inputs": {"pixels": [[0.1')
    assert drift.compare(captured, reference)[0]["samples"] == 60


def test_requests_to_an_older_model_are_left_out(captured: Path, reference: Path) -> None:
    capture(captured, np.random.default_rng(1).random((60, 4, 4)), "1.jsonl")
    capture(captured, np.random.default_rng(1).random((60, 8, 8)), "2.jsonl")
    assert drift.compare(captured, reference)[0]["samples"] == 60


@pytest.mark.parametrize(
    ("shape", "columns", "sentence"),
    [
        ((60,), "images\n1\n", "drift needs a column in common"),
        ((60, 4), "pixels\n1\n", "rows of shape"),
        ((60,), "", "there is no file|can't be read|column in common"),
    ],
)
def test_what_cannot_be_compared_is_one_sentence(
    captured: Path, reference: Path, shape: tuple[int, ...], columns: str, sentence: str
) -> None:
    (reference / "images.npz").unlink()
    (reference / "part.csv").write_text(columns)
    with pytest.raises(Complaint, match=sentence):
        drift.compare(capture(captured, np.zeros(shape)), reference)


def test_it_runs_as_its_params_say(root: Root, captured: Path, reference: Path) -> None:
    capture(captured, np.random.default_rng(1).random((100, 8, 8)))
    root.params(captured="requests", reference="images", metrics=["psi"])
    (root.path / "input").mkdir()
    (root.path / "input" / "requests").symlink_to(captured)
    (root.path / "input" / "images").symlink_to(reference)
    drift.run(root.environment())
    assert root.words["metrics"].keys() == {"samples", "psi", "psi.pixels", "ks", "ks.pixels"}
    assert not (root.path / "output").exists(), "a container of ours has no room for an artifact"


def test_only_files_of_the_references_format_are_compared(captured: Path, reference: Path) -> None:
    (reference / "notes.csv").write_text("who\nada\n")
    capture(captured, np.random.default_rng(1).random((100, 8, 8)))
    assert drift.compare(captured, reference, form="npz")[0]["psi"] < 0.05
