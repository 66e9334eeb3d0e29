"""The Open Inference Protocol v2 over HTTP: which path answers what. It knows neither sockets nor torch."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any

from trimtab.runtime import protocol
from trimtab.runtime.capture import Capture
from trimtab.runtime.http_server import Answer, Request
from trimtab.runtime.protocol import Refusal
from trimtab.runtime.served_model import Model, ServedModel
from trimtab.runtime.server_metrics import ServerMetrics

_MODEL_PATH = re.compile(r"/v2/models/([^/]+)(?:/versions/([^/]+))?(?:/(ready|infer))?")
_HEADER_LENGTH = "Inference-Header-Content-Length"


class InferenceApi:
    def __init__(
        self,
        served: ServedModel,
        metrics: ServerMetrics,
        capture: Capture | None,
        leaving: Callable[[], bool],
    ) -> None:
        self._served = served
        self._metrics = metrics
        self._capture = capture
        self._leaving = leaving

    def __call__(self, request: Request) -> Answer:
        path = request.path.partition("?")[0]
        try:
            if match := _MODEL_PATH.fullmatch(path):
                return self._of_model(request, *match.groups())
            return self._of_server(request, path)
        except Refusal as refusal:
            return Answer.error(str(refusal), refusal.status)

    def _of_server(self, request: Request, path: str) -> Answer:
        _only(request, "GET")
        if path == "/v2":
            return Answer.json({"name": "trimtab", "version": "1", "extensions": ["binary_tensor_data"]})
        if path == "/v2/health/live":
            return Answer.json({"live": True})
        if path == "/v2/health/ready":
            return self._ready()
        if path == "/metrics":
            text = self._metrics.text(not self._why_not_ready())
            return Answer(200, text.encode(), "text/plain; version=0.0.4; charset=utf-8")
        raise Refusal(f"there is nothing at {path}; the model is at /v2/models/{self._served.name}", 404)

    def _of_model(self, request: Request, name: str, version: str | None, what: str | None) -> Answer:
        if name != self._served.name:
            raise Refusal(f"there is no model {name!r}; {self._served.name!r} is served", 404)
        if version not in (None, self._served.version):
            raise Refusal(f"there is no version {version!r}; {self._served.version!r} is served", 404)
        if what == "infer":
            _only(request, "POST")
            return self._timed_inference(request)
        _only(request, "GET")
        return self._ready() if what == "ready" else Answer.json(self._description())

    def _ready(self) -> Answer:
        problem = self._why_not_ready()
        return (
            Answer.json({"ready": False, "error": problem}, 503) if problem else Answer.json({"ready": True})
        )

    def _why_not_ready(self) -> str:
        return self._served.problem or ("the server is leaving" if self._leaving() else "")

    def _description(self) -> dict[str, Any]:
        signature = self._model().signature
        return {
            "name": self._served.name,
            "versions": [self._served.version],
            "platform": "pytorch_export",
            "inputs": [vars(tensor) for tensor in signature.inputs],
            "outputs": [vars(tensor) for tensor in signature.outputs],
            "parameters": self._parameters(),
        }

    def _timed_inference(self, request: Request) -> Answer:
        """While leaving, who still asks is still answered."""
        since, status = time.perf_counter(), 500
        try:
            answer = self._inference(request)
            status = answer.status
            return answer
        except Refusal as refusal:
            status = refusal.status
            raise
        finally:
            self._metrics.observe(status, since)

    def _inference(self, request: Request) -> Answer:
        model = self._model()
        asked = protocol.decode(request.body, _header_length(request), model.signature)
        try:
            outputs = self._served.infer(asked.inputs)
        except Exception as error:
            raise Refusal(f"the model failed: {error}", 500) from error
        if self._capture:
            self._capture.offer(asked.inputs, outputs)
        about = {
            "model_name": self._served.name,
            "model_version": self._served.version,
            "parameters": self._parameters(),
        }
        return _encoded(protocol.encode(outputs, asked, about))

    def _model(self) -> Model:
        if self._served.model is None:
            raise Refusal(self._served.problem, 503)
        return self._served.model

    def _parameters(self) -> dict[str, str]:
        return {"run": self._served.run_key, "digest": self._served.digest}


def _encoded(encoded: protocol.Encoded) -> Answer:
    if encoded.header_length is None:
        return Answer(200, encoded.body)
    return Answer(200, encoded.body, "application/octet-stream", {_HEADER_LENGTH: str(encoded.header_length)})


def _header_length(request: Request) -> int | None:
    encoding = request.headers.get("content-encoding", "identity")
    if encoding != "identity":
        raise Refusal(f"the body is encoded as {encoding}; send it as it is", 415)
    text = request.headers.get(_HEADER_LENGTH.lower())
    if text is None:
        return None
    if not text.isascii() or not text.isdigit() or int(text) > len(request.body):
        raise Refusal(f"{_HEADER_LENGTH} is {text!r}, but the body has {len(request.body)} bytes")
    return int(text)


def _only(request: Request, method: str) -> None:
    if request.method != method:
        raise Refusal(f"{request.path} answers {method} alone", 405)
