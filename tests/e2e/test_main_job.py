"""The main job for real: one spec, from nothing to a served model, through every change a user makes to it; on this
machine and on a real cluster, with the same outcome.

Real torch, real processes, the real command line. The steps build on each other, as a user's do; each asserts what
the ledger, the engine and a client saw.
"""

from __future__ import annotations

import http.client
import json
import subprocess
import threading
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import numpy
import pytest
import system_homes
from system_homes import BOTH, CLUSTER, LOCAL
from trimtab_cli import System, living, wait_for

from trimtab.reconciler.cluster import Observed

pytestmark = pytest.mark.torch


@pytest.fixture(scope="module", params=BOTH)
def digits(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    with living(request, request.param, "digits", tmp_path_factory.mktemp("main-job") / "digits") as system:
        yield system


@pytest.fixture
def lives_at(request: pytest.FixtureRequest) -> str:
    return str(request.node.callspec.params["digits"])


def pods(system: System, component: str = "") -> list[Observed]:
    return system_homes.pods(system.home, "digits", component)


def jobs(system: System) -> list[Observed]:
    return system_homes.listed(system.home, "batch/v1", "Job", "digits")


def held_out(system: System) -> tuple[Any, Any]:
    """Real digits that no training has seen, from the dataset that the pipeline published."""
    (file,) = {file for folder in system.home.volumes for file in folder.rglob("held*/**/*.npz")}
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
    """The process of each serving container: a restart would change it."""
    return system_homes.processes(system.home, pods(system, "serving"))


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
        reached = digits.home.reach(address)
        answers = [ask(reached, pixels[i]) for i in range(20)]
        assert sum(a == int(b) for a, b in zip(answers, labels[:20], strict=True)) >= 19, address


def test_an_open_inference_client_from_elsewhere_understands_each_replica(digits: System) -> None:
    import tritonclient.http as triton

    pixels, labels = held_out(digits)
    for address in (pod.health.address for pod in pods(digits, "serving")):
        client = triton.InferenceServerClient(urlsplit(digits.home.reach(address)).netloc)
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
    wait_for("the end of the Jobs", lambda: not jobs(digits))
    digits.apply()
    assert digits.runs() == before
    assert not jobs(digits)


def test_a_new_learning_rate_is_a_second_run_and_no_request_fails(digits: System) -> None:
    first = digits.endpoint()
    digits.edit("learningRate: 0.002", "learningRate: 0.003")
    with Client(digits.home.reach(first["address"])) as client:
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


def test_a_killed_engine_takes_nothing_with_it(digits: System) -> None:
    wait_for("the end of what served before", lambda: len(process_ids(digits)) == 2)
    before, address = process_ids(digits), digits.endpoint()["address"]
    reached = digits.home.reach(address)
    pixels, labels = held_out(digits)
    digits.home.kill_engine()
    assert ask(reached, pixels[0]) == int(labels[0])
    digits.home.revive_engine()
    digits.apply()
    assert process_ids(digits) == before
    assert digits.endpoint()["address"] == address


def test_without_any_state_but_the_artifacts_nothing_is_trained(digits: System) -> None:
    model = digits.endpoint()["model"]
    digits.home.forget()
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


def test_stop_ends_every_process(digits: System, lives_at: str) -> None:
    if lives_at == CLUSTER:
        pytest.skip("nothing of a cluster's is stopped from here")
    digits.ok("stop")
    left = subprocess.run(["pgrep", "-f", str(digits.state)], capture_output=True, text=True, check=False)
    assert left.stdout == ""


def test_delete_takes_the_system_down_and_keeps_what_was_made(digits: System, lives_at: str) -> None:
    digits.ok("delete", "--yes")
    assert digits.status()["verdict"] == "not applied yet"
    assert pods(digits) == []
    if lives_at == LOCAL:
        digits.ok("stop")
    kept = [file for folder in digits.home.volumes for file in folder.rglob("record.json")]
    assert kept, "delete keeps what was made"
