"""Keeping requests: one line a row, bounded on disk, and never in the way of an answer."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from model_servers import KEY, request, serving

from trimtab.runtime import capture
from trimtab.runtime.capture import Capture
from trimtab.runtime.server_metrics import ServerMetrics

INFER = "/v2/models/summing/infer"


def kept(folder: Path) -> list[dict[str, object]]:
    return [
        json.loads(line) for file in sorted(folder.glob("*.jsonl")) for line in file.read_text().splitlines()
    ]


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def offer(target: Capture, rows: int = 1) -> None:
    target.offer({"x": np.zeros((rows, 2))}, {"y": np.ones(rows)})


def test_each_row_is_a_line_with_the_run_that_answered(tmp_path: Path) -> None:
    with serving(tmp_path) as at:
        at.ask("POST", INFER, request((1, 2, 3), (4, 5, 6)))
        at.ask("POST", INFER, b"{")
    lines = kept(tmp_path)
    assert [{k: v for k, v in line.items() if k != "time"} for line in lines] == [
        {"run": KEY, "inputs": {"x": [1, 2], "n": 3}, "outputs": {"sum": 6, "big": False}},
        {"run": KEY, "inputs": {"x": [4, 5], "n": 6}, "outputs": {"sum": 15, "big": False}},
    ]
    assert at.metrics.captured == 2


def test_a_sample_is_a_sample(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    draws = iter([0.05, 0.1, 0.5, 0.09])
    monkeypatch.setattr("random.random", lambda: next(draws))
    target = Capture(tmp_path, 0.1, KEY, ServerMetrics({}))
    for _ in range(4):
        offer(target)
    target.close()
    assert len(kept(tmp_path)) == 2


def test_files_are_bounded_in_size_and_number(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(capture, "FILE_BYTES", 300)
    monkeypatch.setattr(capture, "FILES", 3)
    metrics = ServerMetrics({})
    target = Capture(tmp_path, 1, KEY, metrics)
    for i in range(1, 31):
        offer(target)
        wait_until(partial(lambda count: metrics.captured == count, i))
    target.close()
    assert 1 < len(list(tmp_path.iterdir())) <= 3
    assert all(file.stat().st_size < 700 for file in tmp_path.iterdir())


def test_a_disk_that_refuses_is_counted_and_answers_go_on(tmp_path: Path) -> None:
    (tmp_path / "a-file").touch()
    with serving(tmp_path / "a-file") as at:
        assert at.ask("POST", INFER, request((1, 2, 3)))[0] == 200
        wait_until(lambda: at.metrics.capture_dropped == 1)


def test_a_slow_disk_makes_nobody_wait(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(capture, "WAITING", 2)
    monkeypatch.setattr(Capture, "_write_all", lambda _: None)
    metrics = ServerMetrics({})
    target = Capture(tmp_path, 1, KEY, metrics)
    for _ in range(5):
        offer(target)
    assert metrics.capture_dropped == 3
