"""A model server within the test's process, around a model that needs no torch."""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from trimtab.runtime.capture import Capture
from trimtab.runtime.http_server import HttpServer
from trimtab.runtime.inference_api import InferenceApi
from trimtab.runtime.model_file import Signature, Tensor
from trimtab.runtime.served_model import ServedModel
from trimtab.runtime.server_metrics import ServerMetrics

KEY = "v1:" + "ab" * 32
SUMMING = Signature(
    inputs=(Tensor("x", "FP32", (-1, 2)), Tensor("n", "INT64", (-1,))),
    outputs=(Tensor("sum", "FP32", (-1,)), Tensor("big", "BOOL", (-1,))),
)


class Summing:
    """sum = x.sum() + n, for each row. `gate` holds answers back while it is cleared."""

    signature = SUMMING

    def __init__(self) -> None:
        self.gate = threading.Event()
        self.gate.set()
        self.entered = threading.Semaphore(0)

    def infer(self, inputs: Mapping[str, Any]) -> dict[str, Any]:
        self.entered.release()
        assert self.gate.wait(20)
        total = (inputs["x"].sum(axis=1) + inputs["n"]).astype(np.float32)
        return {"sum": total, "big": total > 100}


@dataclass(frozen=True)
class Serving:
    server: HttpServer
    model: Summing
    metrics: ServerMetrics
    leaving: threading.Event

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.server.port}"

    def connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=20)

    def ask(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        connection = self.connect()
        try:
            return exchange(connection, method, path, body)
        finally:
            connection.close()


def exchange(
    connection: http.client.HTTPConnection, method: str, path: str, body: Any = None
) -> tuple[int, Any]:
    data = body if isinstance(body, bytes | None) else json.dumps(body).encode()
    connection.request(method, path, data)
    response = connection.getresponse()
    text = response.read()
    return response.status, json.loads(text) if "json" in response.headers["Content-Type"] else text.decode()


def request(*rows: tuple[float, float, int]) -> dict[str, Any]:
    """An inference of `Summing` in JSON, for rows of (x0, x1, n)."""
    return {
        "inputs": [
            {
                "name": "x",
                "datatype": "FP32",
                "shape": [len(rows), 2],
                "data": [v for r in rows for v in r[:2]],
            },
            {"name": "n", "datatype": "INT64", "shape": [len(rows)], "data": [r[2] for r in rows]},
        ]
    }


@contextmanager
def serving(folder: Path | None = None, sample: float = 1.0) -> Iterator[Serving]:
    """`folder` is where requests are kept, if they are."""
    served, model = ServedModel("summing", KEY, ""), Summing()
    served.load(Path(), lambda _: model)
    metrics, leaving = ServerMetrics({"model": "summing", "run": KEY}), threading.Event()
    capture = Capture(folder, sample, KEY, metrics) if folder else None
    server = HttpServer("127.0.0.1", 0, InferenceApi(served, metrics, capture, leaving.is_set), metrics)
    try:
        yield Serving(server, model, metrics, leaving)
    finally:
        model.gate.set()
        server.close()
        if capture:
            capture.close()
