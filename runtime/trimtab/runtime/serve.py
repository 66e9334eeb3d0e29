"""`python -m trimtab.runtime serve`: the model server, from its start to a leave that loses no request.

It listens at once and is ready once the model is loaded. SIGTERM ends it: not ready any more, answering those who
still come, gone when none do.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from pathlib import Path

from trimtab.runtime import optional
from trimtab.runtime.capture import Capture
from trimtab.runtime.complaint import Complaint
from trimtab.runtime.environment import Environment
from trimtab.runtime.http_server import HttpServer
from trimtab.runtime.served_model import Model, ServedModel, usable_cpus
from trimtab.runtime.server_metrics import ServerMetrics

DRAIN_SECONDS = 30


def run(environment: Environment, name: str, host: str, port: int) -> None:
    """Returns when the server was asked to end, and has."""
    for library in ("torch", "numpy"):
        optional.expect(library, "the model server")
    from trimtab.runtime.inference_api import InferenceApi

    variables = environment.variables
    served = ServedModel(
        name, variables.get("TRIMTAB_MODEL_KEY", ""), variables.get("TRIMTAB_MODEL_DIGEST", "")
    )
    metrics = ServerMetrics({"model": name, "run": served.run_key, "digest": served.digest})
    capture = _capture(environment, served, metrics)
    asked_to_end = _ending_on_signals(served)
    leaving = threading.Event()
    api = InferenceApi(served, metrics, capture, leaving.is_set)
    server = HttpServer(host, port, api, metrics)
    say(f"listening on {host}:{server.port}; loading the model of {name}")
    try:
        served.load(environment.model, load_torch_model)
        say(f"not ready: {served.problem}" if served.problem else f"ready: {name}, version {served.version}")
        asked_to_end.wait()
        leaving.set()
        say("leaving: no new requests are wanted; those in flight are answered")
        say("all were answered" if server.leave(DRAIN_SECONDS) else "some requests were still in flight")
    finally:
        server.close()
        if capture:
            capture.close()


def load_torch_model(folder: Path) -> Model:
    torch = optional.need("torch", "serving a model")
    from trimtab.runtime.torch_model import TorchModel

    if "OMP_NUM_THREADS" not in os.environ:
        torch.set_num_threads(usable_cpus())
    model = TorchModel(folder)
    model.warm_up()
    return model


def say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)


def _capture(environment: Environment, served: ServedModel, metrics: ServerMetrics) -> Capture | None:
    if not environment.variables.get("TRIMTAB_CAPTURE_DATASET"):
        return None
    sample = environment.number("TRIMTAB_CAPTURE_SAMPLE", 1.0)
    if not 0 <= sample <= 1:
        raise Complaint(f"TRIMTAB_CAPTURE_SAMPLE is {sample}, but should be a share between 0 and 1")
    return Capture(environment.capture, sample, served.run_key, metrics)


def _ending_on_signals(served: ServedModel) -> threading.Event:
    """A server that is still loading has nobody to answer, and ends at once."""
    asked = threading.Event()

    def note(*_: object) -> None:
        asked.set()
        if not served.settled:
            raise SystemExit(0)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, note)
    return asked
