"""A record beside an artifact is believed as far as its digests still hold."""

from __future__ import annotations

import json
import shutil

import pytest
from run_roots import Root

from trimtab.runtime import lookup, start


@pytest.fixture
def finished(root: Root) -> Root:
    run = start(root.environment())
    (run.output / "model.bin").write_bytes(b"weights")
    run.finish(metrics={"accuracy": 0.98})
    return root


@pytest.fixture
def prepared(root: Root) -> Root:
    run = start(root.environment())
    (run.write("images") / "part.csv").write_text("a\n1\n")
    run.finish()
    return root


def test_a_whole_run_is_found_with_all_it_said(finished: Root) -> None:
    assert lookup.look_up(finished.environment()) == {**finished.record, "found": True}


def test_the_answer_is_its_own_last_words(finished: Root, capsys: pytest.CaptureFixture[str]) -> None:
    (finished.path / "termination-log").unlink()
    lookup.run(finished.environment())
    assert finished.words["found"] is True
    assert json.loads(capsys.readouterr().out) == finished.words


def test_datasets_are_checked_too(prepared: Root) -> None:
    assert lookup.look_up(prepared.environment())["found"] is True
    prepared.write("output/images/part.csv", "a\n2\n")
    answer = lookup.look_up(prepared.environment())
    assert answer["found"] is False
    assert answer["problems"][0].startswith("the dataset images has changed")


@pytest.mark.parametrize(
    ("damage", "problem"),
    [
        (lambda root: root.write("output/model.bin", "other"), "the artifact has changed"),
        (lambda root: shutil.rmtree(root.path / "output"), "the artifact is gone"),
        (lambda root: root.write("record/record.json", '{"v": 1, "met'), "is not JSON"),
        (lambda root: root.write("record/record.json", "[]"), "is not of version 1"),
        (lambda root: root.write("record/record.json", '{"v": 1, "key": "v1:0"}'), "is of another run"),
    ],
)
def test_a_run_that_is_not_whole_is_not_found_and_why(finished: Root, damage: object, problem: str) -> None:
    damage(finished)  # type: ignore[operator]
    answer = lookup.look_up(finished.environment())
    assert answer["found"] is False
    assert problem in answer["problems"][0]


def test_no_record_is_an_answer(root: Root) -> None:
    assert lookup.look_up(root.environment()) == {"v": 1, "found": False}
