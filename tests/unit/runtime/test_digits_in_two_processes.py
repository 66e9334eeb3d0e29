"""The digits example for real: two data-parallel processes that are killed, stopped and resumed, and the model served."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from children import child
from run_roots import Root
from torch_agents import Agents, run_module, training, wait_until

pytest.importorskip("torch")

pytestmark = pytest.mark.torch


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Root:
    root = Root(tmp_path_factory.mktemp("prepared"))
    run_module("digits.prepare", root)
    return root


@pytest.fixture(scope="module")
def images(prepared: Root) -> Path:
    return prepared.path / "output" / "images"


@pytest.fixture(scope="module")
def trained(images: Path, tmp_path_factory: pytest.TempPathFactory) -> Agents:
    with training(tmp_path_factory.mktemp("trained"), images) as agents:
        agents.wait()
    return agents


def test_prepared_data_is_the_same_each_time(prepared: Root, tmp_path: Path) -> None:
    again = Root(tmp_path)
    run_module("digits.prepare", again)
    assert again.words == prepared.words
    assert prepared.words["metrics"] == {"images": 1437, "heldOut": 360}


def test_one_process_speaks_for_both(trained: Agents) -> None:
    assert len(trained.words["history"]["loss"]) == 12
    assert trained.logs.count('"epoch": 12,') == 1
    assert trained.roots[0].record["metrics"] == trained.words["metrics"]
    assert "restarts" not in trained.words


def test_a_killed_worker_costs_a_restart_and_no_digit_of_the_result(
    images: Path, trained: Agents, tmp_path: Path
) -> None:
    with training(tmp_path, images) as agents:
        agents.wait_for_epoch(6)
        os.kill(agents.worker_of(1), signal.SIGKILL)
        agents.wait()
        assert agents.words["restarts"] == 1
        assert agents.words["metrics"] == trained.words["metrics"]
        assert agents.words["history"] == trained.words["history"]


def test_a_leader_killed_while_it_exports_has_its_peer_s_help_to_start_again(
    images: Path, trained: Agents, tmp_path: Path
) -> None:
    with training(tmp_path, images) as agents:
        agents.wait_for_epoch(12)
        os.kill(agents.leader(), signal.SIGKILL)
        agents.wait()
        assert agents.words["restarts"] == 1
        assert agents.words["artifact"] == trained.words["artifact"]


@pytest.mark.parametrize("index", [0, 1], ids=["the host of the rendezvous", "the other"])
def test_a_killed_agent_is_waited_for(images: Path, trained: Agents, tmp_path: Path, index: int) -> None:
    with training(tmp_path, images) as agents:
        agents.wait_for_epoch(6)
        worker = agents.worker_of(index)
        agents.processes[index].kill()
        agents.start_again(index)
        wait_until(lambda: not Path(f"/proc/{worker}").exists(), lambda: "the worker outlived its agent")
        agents.wait()
        assert agents.words["metrics"] == trained.words["metrics"]


def test_asked_to_stop_both_do_with_one_checkpoint(images: Path, tmp_path: Path) -> None:
    with training(tmp_path, images, epochs=1000) as agents:
        agents.wait_for_epoch(2)
        agents.terminate()
        assert agents.logs.count("stopped on request, with a checkpoint in epoch") == 2
        assert agents.checkpoints
        assert not (tmp_path / "record" / "record.json").exists()


@pytest.fixture(scope="module")
def judged(prepared: Root, trained: Agents, tmp_path_factory: pytest.TempPathFactory) -> Root:
    root = Root(tmp_path_factory.mktemp("judged"))
    (root.path / "input").mkdir()
    (root.path / "input" / "heldOut").symlink_to(prepared.path / "output" / "heldOut")
    (root.path / "model").symlink_to(trained.roots[0].path / "output")
    run_module("digits.evaluate", root)
    return root


def test_it_recognizes_digits_it_has_never_seen(judged: Root) -> None:
    assert judged.words["metrics"]["accuracy"] >= 0.97
    assert judged.words["metrics"]["images"] == 360


@pytest.fixture
def served(judged: Root, trained: Agents) -> Iterator[tuple[subprocess.Popen[str], str]]:
    variables = judged.variables(
        TRIMTAB_MODEL_DIGEST=trained.words["artifact"]["digest"], TRIMTAB_MODEL_KEY="v1:" + "cd" * 32
    )
    argv = ["-m", "trimtab.runtime", "serve", "--name", "recognizer", "--host", "127.0.0.1", "--port", "0"]
    env = {**os.environ, **variables}
    with child([sys.executable, *argv], env=env, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        first = process.stderr.readline()
        yield process, first.partition("listening on ")[2].partition(";")[0]


def is_ready(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"http://{address}/v2/health/ready", timeout=20) as response:
            return bool(response.status == 200)
    except urllib.error.HTTPError as error:
        error.close()
        return False


def test_it_is_served_to_a_client_of_the_protocol_and_leaves_well(
    prepared: Root, judged: Root, served: tuple[subprocess.Popen[str], str]
) -> None:
    triton: Any = pytest.importorskip("tritonclient.http")
    process, address = served
    wait_until(lambda: is_ready(address), lambda: "the server did not become ready")
    with np.load(prepared.path / "output" / "heldOut" / "heldOut.npz") as arrays:
        pixels, label = arrays["pixels"], arrays["label"]
    client = triton.InferenceServerClient(address)
    tensor = triton.InferInput("pixels", list(pixels.shape), "FP32")
    tensor.set_data_from_numpy(pixels)
    answer = client.infer("recognizer", [tensor])
    client.close()
    right = (answer.as_numpy("label") == label).mean()
    assert right == judged.words["metrics"]["accuracy"]
    assert answer.get_response()["parameters"]["run"] == "v1:" + "cd" * 32

    process.send_signal(signal.SIGTERM)
    assert process.wait(60) == 0
