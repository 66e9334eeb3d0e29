"""A script's run from start to finish, and what is left for the ledger."""

from __future__ import annotations

import json

import pytest
from run_roots import Root

from trimtab.runtime import start
from trimtab.runtime.complaint import Complaint
from trimtab.runtime.digest import digest_folder
from trimtab.runtime.lookup import look_up
from trimtab.runtime.progress import PREFIX


def test_a_training_leaves_its_artifact_metrics_record_and_words(root: Root) -> None:
    run = start(root.environment())
    (run.output / "model.bin").write_bytes(b"weights")
    run.finish(metrics={"accuracy": 0.98})

    digest = digest_folder(root.path / "output")
    assert json.loads((root.path / "output" / "metrics.json").read_text()) == {"accuracy": 0.98}
    assert root.words == {
        "v": 1,
        "metrics": {"accuracy": 0.98},
        "artifact": {"digest": digest.digest, "bytes": digest.bytes},
    }
    assert root.record == {**root.words, "key": "v1:" + "ab" * 32, "run": "a-run"}


def test_a_pipeline_leaves_a_digest_for_each_dataset_it_wrote(root: Root) -> None:
    run = start(root.environment())
    (run.write("images") / "part.csv").write_text("a\n1\n")
    run.finish(metrics={"rows": 1})

    digest = digest_folder(root.path / "output" / "images")
    assert root.words["outputs"] == {"images": digest._asdict()}
    assert "artifact" not in root.words


def test_what_an_interrupted_attempt_wrote_is_gone(root: Root) -> None:
    root.write("output/images/part-of-yesterday.csv", "")
    root.write("output/images/folder/part.csv", "")
    assert list(start(root.environment()).write("images").iterdir()) == []


def test_a_dataset_that_is_not_read_is_named_with_those_that_are(root: Root) -> None:
    root.write("input/images/part.csv", "")
    run = start(root.environment())
    assert run.input("images").is_dir()
    with pytest.raises(Complaint, match="does not read 'labels'; it reads images"):
        run.input("labels")


def test_what_is_logged_is_said_to_people_and_machines_and_kept_as_a_curve(
    root: Root, capsys: pytest.CaptureFixture[str]
) -> None:
    run = start(root.environment())
    run.log(epoch=1, of=2, loss=0.75)
    run.log(epoch=2, of=2, loss=0.5)
    run.finish()

    said = capsys.readouterr().out.splitlines()
    assert said[0] == "epoch 1/2  loss 0.75"
    assert json.loads(said[1].removeprefix(PREFIX)) == {"epoch": 1, "of": 2, "loss": 0.75}
    assert root.words["history"] == {"loss": [0.75, 0.5]}
    assert root.words["metrics"] == {"loss": 0.5}


def test_a_nan_is_logged_as_such(root: Root, capsys: pytest.CaptureFixture[str]) -> None:
    start(root.environment()).log(step=1, loss=float("nan"))
    assert capsys.readouterr().out.splitlines() == ["step 1  loss nan", PREFIX + '{"step": 1, "loss": null}']


def test_a_run_without_an_end_has_no_record(root: Root) -> None:
    run = start(root.environment())
    (run.output / "model.bin").write_bytes(b"weights")
    assert look_up(root.environment()) == {"v": 1, "found": False}
