"""The main job for real: one spec, from nothing to a served model, through every change a user makes to it.

Real torch, real processes, the real command line. The steps build on each other, as a user's do; each asserts what
the ledger, the engine and a client saw.
"""

from __future__ import annotations

import http.client
import json
import os
import shutil
import signal
import subprocess
import threading
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import numpy
import pytest
from trimtab_cli import System, wait_for

from trimtab.reconciler.cluster import Observed
from trimtab.reconciler.local.client import LocalCluster

pytestmark = pytest.mark.torch


@pytest.fixture(scope="module")
def digits(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    system = System.copy("digits", tmp_path_factory.mktemp("main-job") / "digits")
    yield system
    system.stop()


def listed(system: System, version: str, kind: str) -> list[Observed]:
    """The live objects of a kind, through the engine's own door."""
    import asyncio

    async def asked() -> list[Observed]:
        cluster = LocalCluster(system.state)
        await cluster.connect()
        try:
            return list(await cluster.list(version, kind, "digits"))
        finally:
            await cluster.close()

    return asyncio.run(asked())


def pods(system: System, component: str = "") -> list[Observed]:
    found = listed(system, "v1", "Pod")
    return [
        p for p in found if component in p.labels.get("app.kubernetes.io/component", "") and not p.deleting
    ]


def held_out(system: System) -> tuple[Any, Any]:
    """Real digits that no training has seen, from the dataset that the pipeline published."""
    (file,) = (system.folder / ".trimtab" / "artifacts").rglob("held*/**/*.npz")
    arrays = numpy.load(file)
    return arrays["pixels"], arrays["label"]


def ask(address: str, pixels: Any) -> int:
    """The digit that the server at `address` sees."""
    shape = [1, *pixels.shape]
    tensor = {"name": "pixels", "shape": shape, "datatype": "FP32", "data": pixels.ravel().tolist()}
    request = urllib.request.Request(
        f"{address}/v2/models/recognizer/infer",
        json.dumps({"inputs": [tensor]}).encode(),
        {"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=30) as response:
        outputs = {o["name"]: o["data"] for o in json.load(response)["outputs"]}
    return int(outputs["label"][0])


def process_ids(system: System) -> dict[str, int]:
    """The process of each serving container, by Pod: a restart would change it."""
    files = (system.state / "pods").glob("*/containers/*/status.json")
    return {
        str(f): json.loads(f.read_text())["pid"]
        for f in files
        if json.loads(f.read_text())["state"] == "running"
    }


@dataclass
class Client:
    """Asks without a pause, over new and over kept connections, until it is stopped; remembers every failure."""

    address: str
    failures: list[str] = field(default_factory=list)
    answers: int = 0

    def __enter__(self) -> Client:
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._hammer, args=(keep,)) for keep in (True, False)]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _hammer(self, keep: bool) -> None:
        tensor = {"name": "pixels", "shape": [1, 8, 8], "datatype": "FP32", "data": [0.0] * 64}
        body = json.dumps({"inputs": [tensor]})
        place = urlsplit(self.address)
        connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=30)
        while not self._stop.wait(0.01):
            try:
                connection.request("POST", "/v2/models/recognizer/infer", body)
                response = connection.getresponse()
                response.read()
                if response.status != 200:
                    self.failures.append(f"status {response.status}")
                self.answers += 1
            except OSError as error:
                self.failures.append(repr(error))
                connection.close()
            if not keep:
                connection.close()
        connection.close()


def test_nothing_becomes_a_served_model(digits: System) -> None:
    digits.apply()
    endpoint = digits.endpoint()
    assert (endpoint["replicas"], endpoint["ready"]) == (2, 2)
    phases = {row["run"]: row["phase"] for row in digits.runs()}
    assert phases == dict.fromkeys(
        ("prepare", "images-contract", "classifier", "classifier-on-held-out"), "Succeeded"
    )
    assert next(r for r in digits.runs() if r["kind"] == "evaluation")["metrics"]["accuracy"] >= 0.95


def test_a_real_digit_gets_its_answer_from_the_address_and_from_each_replica(digits: System) -> None:
    pixels, labels = held_out(digits)
    replicas = [pod.health.address for pod in pods(digits, "serving")]
    assert len(replicas) == 2
    for address in (digits.endpoint()["address"], *replicas):
        answers = [ask(address, pixels[i]) for i in range(20)]
        assert sum(a == int(b) for a, b in zip(answers, labels[:20], strict=True)) >= 19, address


def test_an_open_inference_client_from_elsewhere_understands_each_replica(digits: System) -> None:
    import tritonclient.http as triton

    pixels, labels = held_out(digits)
    for address in (pod.health.address for pod in pods(digits, "serving")):
        client = triton.InferenceServerClient(urlsplit(address).netloc)
        assert client.is_server_ready()
        assert client.is_model_ready("recognizer")
        tensor = triton.InferInput("pixels", [8, *pixels[0].shape], "FP32")
        tensor.set_data_from_numpy(pixels[:8].astype("float32"))
        said = client.infer("recognizer", [tensor]).as_numpy("label")
        assert (said.ravel() == labels[:8]).mean() >= 7 / 8
        client.close()


def test_applying_again_changes_nothing_and_restarts_nothing(digits: System) -> None:
    before = process_ids(digits)
    plan = json.loads(digits.ok("plan", "--output", "json"))
    assert plan["now"] == []
    digits.apply()
    assert process_ids(digits) == before


def test_a_deleted_job_of_a_finished_run_is_not_run_again(digits: System) -> None:
    """Its own apply has deleted it once its end was recorded: nobody's hand is quicker."""
    before = digits.runs()
    assert not listed(digits, "batch/v1", "Job")
    digits.apply()
    assert digits.runs() == before
    assert not listed(digits, "batch/v1", "Job")


def test_a_new_learning_rate_is_a_second_run_and_no_request_fails(digits: System) -> None:
    first = digits.endpoint()
    digits.edit("learningRate: 0.002", "learningRate: 0.003")
    with Client(first["address"]) as client:
        digits.apply()
        wait_for("answers of the new model", lambda: client.answers > 50)
    second = digits.endpoint()
    assert second["model"] != first["model"]
    assert second["address"] == first["address"]
    assert client.failures == []
    assert len(digits.trainings()) == 2


def test_a_rejected_run_is_recorded_and_never_serves(digits: System) -> None:
    before = digits.endpoint()["model"]
    digits.edit("accuracy: {min: 0.95}", "accuracy: {min: 0.9999}")
    digits.edit("seed: 7", "seed: 8")
    done = digits.run("apply")
    assert done.returncode == 1, done.stderr
    assert digits.endpoint()["model"] == before
    line = next(i for i, text in enumerate(digits.spec.read_text().splitlines(), 1) if "0.9999" in text)
    said = [text for text in digits.run("status").stdout.splitlines() if "accuracy >= 0.9999" in text]
    assert said, digits.run("status").stdout
    assert any(f"mlsystem.yaml:{line}" in text and "accuracy is 0.9" in text for text in said), said
    assert len(digits.trainings()) == 3


def test_restoring_the_rule_alone_accepts_the_recorded_run(digits: System) -> None:
    before = digits.endpoint()["model"]
    digits.edit("accuracy: {min: 0.9999}", "accuracy: {min: 0.95}")
    digits.apply()
    assert digits.endpoint()["model"] != before
    assert len(digits.trainings()) == 3


def test_a_revert_trains_nothing_and_serves_the_first_model(digits: System) -> None:
    digits.edit("learningRate: 0.003", "learningRate: 0.002")
    digits.edit("seed: 8", "seed: 7")
    first = digits.trainings()[-1]["record"]
    digits.apply()
    assert digits.endpoint()["model"] == first
    assert len(digits.trainings()) == 3


def test_a_killed_engine_host_takes_nothing_with_it(digits: System) -> None:
    wait_for("the end of what served before", lambda: len(process_ids(digits)) == 2)
    before, address = process_ids(digits), digits.endpoint()["address"]
    host = json.loads((digits.state / "host.json").read_text())["pid"]
    os.kill(host, signal.SIGKILL)
    pixels, labels = held_out(digits)
    assert ask(address, pixels[0]) == int(labels[0])
    digits.apply()
    assert process_ids(digits) == before
    assert digits.endpoint()["address"] == address


def test_without_any_state_but_the_artifacts_nothing_is_trained(digits: System) -> None:
    model = digits.endpoint()["model"]
    digits.ok("stop")
    shutil.rmtree(digits.state)
    digits.apply()
    assert digits.endpoint()["model"] == model
    assert all(row["recalled"] for row in digits.trainings())


def test_why_names_the_line_of_a_field_and_the_owner_of_another(digits: System) -> None:
    text = digits.ok("why", "deployment/recognizer", "spec.template.spec.containers")
    assert "mlsystem.yaml:" in text
    owner = digits.ok("why", "deployment/recognizer", "spec.replicas")
    line = next(i for i, t in enumerate(digits.spec.read_text().splitlines(), 1) if "replicas:" in t)
    assert "HorizontalPodAutoscaler/recognizer" in owner
    assert f"mlsystem.yaml:{line}" in owner


def test_stop_ends_every_process_and_delete_takes_the_system_down(digits: System) -> None:
    digits.ok("stop")
    left = subprocess.run(["pgrep", "-f", str(digits.state)], capture_output=True, text=True, check=False)
    assert left.stdout == ""
    digits.ok("delete", "--yes")
    assert digits.status()["verdict"] == "not applied yet"
    digits.ok("stop")
    assert any((digits.folder / ".trimtab" / "artifacts").rglob("record.json")), "delete keeps what was made"
