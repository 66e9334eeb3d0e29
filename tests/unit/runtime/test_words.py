"""Last words: whole where they fit, shortened in a fixed order where they don't, and always one line of JSON."""

from __future__ import annotations

import errno
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trimtab.runtime import words
from trimtab.runtime.complaint import Complaint

DIGEST = "sha256:" + "0" * 64


def test_what_has_nothing_to_say_is_left_out() -> None:
    assert words.compose() == {"v": 1}
    assert words.compose(metrics={"accuracy": 0.98}, resumed=0) == {
        "v": 1,
        "metrics": {"accuracy": 0.98},
        "resumed": 0,
    }


def test_a_metric_is_never_rounded_and_nan_is_null() -> None:
    said = words.compose(metrics={"accuracy": 0.9499999999999, "loss": float("nan"), "best": float("inf")})
    assert said["metrics"] == {"accuracy": 0.9499999999999, "loss": None, "best": None}


def test_a_metric_that_is_no_number_is_refused_by_name() -> None:
    with pytest.raises(Complaint, match="metric loss is 'low'"):
        words.compose(metrics={"loss": "low"})


def test_a_history_keeps_its_ends_in_four_digits() -> None:
    said = words.compose(history={"loss": [2.123456, *range(1000), 0.000123456]})
    points = said["history"]["loss"]
    assert len(points) == words.POINTS
    assert (points[0], points[-1]) == (2.123, 0.0001235)


def test_history_goes_first_and_digests_never() -> None:
    said = words.compose(
        metrics={f"metric{i}": i / 7 for i in range(60)},
        artifact={"digest": DIGEST},
        history={f"metric{i}": [j / 3 for j in range(24)] for i in range(60)},
        problems=[f"column {i} holds what it should not" * 10 for i in range(60)],
    )
    fitted = json.loads(words.fitted(said))
    assert "history" not in fitted
    assert fitted["artifact"] == {"digest": DIGEST}
    assert fitted["problems"][-1] == "and 50 more"
    assert fitted["metrics"]["metric0"] == 0


def test_points_are_dropped_before_a_whole_history() -> None:
    said = words.compose(history={f"curve{i}": [1 / (j + 3) for j in range(24)] for i in range(24)})
    fitted = json.loads(words.fitted(said))
    assert {len(points) for points in fitted["history"].values()} == {12}


def test_too_many_datasets_are_refused_rather_than_forgotten() -> None:
    outputs = {f"dataset{i}": {"digest": DIGEST} for i in range(100)}
    with pytest.raises(Complaint, match="4096 bytes"):
        words.fitted(words.compose(outputs=outputs))


NAMES = st.text(min_size=1, max_size=30)


@given(
    metrics=st.dictionaries(NAMES, st.floats() | st.integers(-(2**63), 2**63), max_size=80),
    history=st.dictionaries(NAMES, st.lists(st.floats(), max_size=100), max_size=40),
    problems=st.lists(st.text(max_size=300), max_size=60),
)
def test_any_words_fit_and_can_be_read(
    metrics: dict[str, float], history: dict[str, list[float]], problems: list[str]
) -> None:
    line = words.fitted(words.compose(metrics=metrics, history=history, problems=problems))
    assert len(line) <= words.LIMIT
    assert b"\n" not in line
    assert json.loads(line)["v"] == 1


def test_a_log_that_cannot_be_replaced_is_written_in_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On Kubernetes the file is a mount of its own: renaming over it fails."""

    def busy(*_: object) -> None:
        raise OSError(errno.EBUSY, "Device or resource busy")

    monkeypatch.setattr(Path, "replace", busy)
    log = tmp_path / "termination-log"
    log.write_text("of an earlier, much longer container " * 10)
    words.leave({"v": 1}, log)
    assert log.read_bytes() == b'{"v":1}'
    assert list(tmp_path.iterdir()) == [log]
