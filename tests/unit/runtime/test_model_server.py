"""The model server as its clients know it: paths, answers and refusals, by two clients that are not ours."""

from __future__ import annotations

import http.client
import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from model_servers import KEY, Serving, exchange, request, serving

from trimtab.runtime.complaint import Complaint
from trimtab.runtime.digest import digest_folder
from trimtab.runtime.http_server import Answer, HttpServer
from trimtab.runtime.model_file import Signature
from trimtab.runtime.served_model import ServedModel
from trimtab.runtime.server_metrics import ServerMetrics

INFER = "/v2/models/summing/infer"


@pytest.fixture
def at() -> Iterator[Serving]:
    with serving() as running:
        yield running


def test_the_protocols_paths(at: Serving) -> None:
    assert at.ask("GET", "/v2")[1]["extensions"] == ["binary_tensor_data"]
    assert at.ask("GET", "/v2/health/live") == (200, {"live": True})
    assert at.ask("GET", "/v2/health/ready") == (200, {"ready": True})
    assert at.ask("GET", "/v2/models/summing/ready")[0] == 200
    assert at.ask("GET", "/v2/models/summing/versions/ababababab/ready")[0] == 200
    assert at.ask("GET", "/v2/models/summing")[1] == {
        "name": "summing",
        "versions": ["ababababab"],
        "platform": "pytorch_export",
        "inputs": [
            {"name": "x", "datatype": "FP32", "shape": [-1, 2]},
            {"name": "n", "datatype": "INT64", "shape": [-1]},
        ],
        "outputs": [
            {"name": "sum", "datatype": "FP32", "shape": [-1]},
            {"name": "big", "datatype": "BOOL", "shape": [-1]},
        ],
        "parameters": {"run": KEY, "digest": ""},
    }


def test_an_inference_names_the_run_that_answers(at: Serving) -> None:
    status, answer = at.ask("POST", INFER, {"id": "a", **request((1, 2, 3), (100, 0, 1))})
    assert status == 200
    assert answer == {
        "model_name": "summing",
        "model_version": "ababababab",
        "parameters": {"run": KEY, "digest": ""},
        "id": "a",
        "outputs": [
            {"name": "sum", "datatype": "FP32", "shape": [2], "data": [6.0, 101.0]},
            {"name": "big", "datatype": "BOOL", "shape": [2], "data": [False, True]},
        ],
    }


@pytest.mark.parametrize(
    ("method", "path", "status", "sentence"),
    [
        ("GET", "/", 404, "there is nothing at /; the model is at /v2/models/summing"),
        ("POST", "/v2/models/other/infer", 404, "there is no model 'other'; 'summing' is served"),
        (
            "POST",
            "/v2/models/summing/versions/2/infer",
            404,
            "there is no version '2'; 'ababababab' is served",
        ),
        ("GET", INFER, 405, f"{INFER} answers POST alone"),
        ("POST", "/v2/health/live", 405, "/v2/health/live answers GET alone"),
        ("POST", INFER, 400, "the request is not JSON"),
    ],
)
def test_refusals_say_what_would_be_right(
    at: Serving, method: str, path: str, status: int, sentence: str
) -> None:
    got = at.ask(method, path)
    assert got[0] == status
    assert got[1]["error"].startswith(sentence)


def raw(at: Serving, text: bytes) -> tuple[int, Any, str]:
    """The status, the body and the connection's fate of a request that no good client would send."""
    with socket.create_connection(("127.0.0.1", at.server.port), timeout=20) as connection:
        connection.sendall(text)
        response = http.client.HTTPResponse(connection)
        response.begin()
        with response:
            return response.status, json.loads(response.read()), response.headers.get("Connection", "")


@pytest.mark.parametrize(
    ("headers", "status", "sentence"),
    [
        ("Transfer-Encoding: chunked", 411, "send the body with a Content-Length"),
        ("Content-Length: many", 400, "the Content-Length 'many' is not a number"),
        ("Content-Length: -1", 400, "the Content-Length '-1' is not a number"),
        ("Content-Length: 99999999999", 413, "the body has 99999999999 bytes"),
    ],
)
def test_a_body_that_is_not_read_ends_its_connection(
    at: Serving, headers: str, status: int, sentence: str
) -> None:
    got = raw(at, f"POST {INFER} HTTP/1.1\r\nHost: a\r\n{headers}\r\n\r\n".encode())
    assert (got[0], got[2]) == (status, "close")
    assert got[1]["error"].startswith(sentence)


@pytest.mark.parametrize(
    "text",
    [b"nonsense\r\n\r\n", b"PUT / HTTP/1.1\r\n\r\n", b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * 200 + b"\r\n"],
)
def test_what_is_not_http_is_refused_in_json(at: Serving, text: bytes) -> None:
    status, answer, _ = raw(at, text)
    assert status >= 400
    assert answer["error"]


@pytest.mark.parametrize("length", ["-1", "x", "9999"])
def test_a_wrong_header_length_is_refused(at: Serving, length: str) -> None:
    head = (
        f"POST {INFER} HTTP/1.1\r\nInference-Header-Content-Length: {length}\r\nContent-Length: 2\r\n\r\n{{}}"
    )
    assert raw(at, head.encode())[1]["error"].startswith("Inference-Header-Content-Length is")


def test_compressed_bodies_are_refused_by_name(at: Serving) -> None:
    head = f"POST {INFER} HTTP/1.1\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{{}}"
    status, answer, _ = raw(at, head.encode())
    assert (status, answer["error"]) == (415, "the body is encoded as gzip; send it as it is")


def test_a_connection_serves_many_requests(at: Serving) -> None:
    connection = at.connect()
    connection.connect()
    first = connection.sock
    for n in range(3):
        assert exchange(connection, "POST", INFER, request((0, 0, n)))[1]["outputs"][0]["data"] == [n]
        assert exchange(connection, "POST", INFER, b"{")[0] == 400
    assert connection.sock is first
    connection.close()


def test_requests_that_are_sent_at_once_are_answered_in_turn(at: Serving) -> None:
    get = b"GET /v2/health/live HTTP/1.1\r\nHost: a\r\n\r\n"
    with socket.create_connection(("127.0.0.1", at.server.port), timeout=20) as connection:
        connection.sendall(get * 3)
        received = b""
        while received.count(b'{"live": true}') < 3:
            chunk = connection.recv(4096)
            assert chunk
            received += chunk


def test_a_client_that_waits_for_leave_to_send_gets_it(at: Serving) -> None:
    """curl does so with large bodies, and gives up after a second."""
    body = json.dumps(request((1, 2, 3))).encode()
    head = f"POST {INFER} HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: {len(body)}\r\n\r\n"
    with socket.create_connection(("127.0.0.1", at.server.port), timeout=20) as connection:
        connection.sendall(head.encode())
        assert connection.recv(100).startswith(b"HTTP/1.1 100")
        connection.sendall(body)
        assert connection.recv(100).startswith(b"HTTP/1.1 200")


def test_a_client_that_goes_away_harms_nobody(at: Serving) -> None:
    with socket.create_connection(("127.0.0.1", at.server.port), timeout=20) as connection:
        connection.sendall(f"POST {INFER} HTTP/1.1\r\nContent-Length: 100\r\n\r\n{{".encode())
    assert at.ask("GET", "/v2/health/live")[0] == 200


def test_tritonclient_in_binary_and_in_json(at: Serving) -> None:
    triton = pytest.importorskip("tritonclient.http")
    client = triton.InferenceServerClient(at.address)
    try:
        assert client.is_server_live()
        assert client.is_server_ready()
        assert client.is_model_ready("summing")
        assert client.get_model_metadata("summing")["versions"] == ["ababababab"]
        for binary in (True, False):
            x, n = triton.InferInput("x", [3, 2], "FP32"), triton.InferInput("n", [3], "INT64")
            x.set_data_from_numpy(np.arange(6, dtype=np.float32).reshape(3, 2), binary_data=binary)
            n.set_data_from_numpy(np.array([0, 0, 100]), binary_data=binary)
            wanted = [triton.InferRequestedOutput(name, binary_data=binary) for name in ("sum", "big")]
            answer = client.infer("summing", [x, n], outputs=wanted, request_id="7")
            assert answer.as_numpy("sum").tolist() == [1, 5, 109]
            assert answer.as_numpy("big").tolist() == [False, False, True]
            assert answer.get_response()["id"] == "7"
        assert client.infer("summing", [x, n]).as_numpy("sum").tolist() == [1, 5, 109]
        x.set_shape([2, 3])
        with pytest.raises(triton.InferenceServerException, match=r"has the shape \[2, 3\]"):
            client.infer("summing", [x, n])
    finally:
        client.close()


def test_what_is_counted(at: Serving) -> None:
    at.ask("POST", INFER, request((1, 2, 3)))
    at.ask("POST", INFER, b"{")
    status, text = at.ask("GET", "/metrics")
    lines = text.splitlines()
    assert status == 200
    assert f'trimtab_model_info{{model="summing",run="{KEY}"}} 1' in lines
    assert 'trimtab_inference_requests_total{code="200"} 1' in lines
    assert 'trimtab_inference_requests_total{code="400"} 1' in lines
    assert 'trimtab_inference_seconds_bucket{le="+Inf"} 2' in lines
    assert "trimtab_inference_seconds_count 2" in lines
    assert "trimtab_ready 1" in lines


def test_a_label_cannot_break_out_of_its_quotes() -> None:
    text = ServerMetrics({"model": 'a"} 1\nevil 1\\'}).text(ready=True)
    assert 'trimtab_model_info{model="a\\"} 1\\nevil 1\\\\"} 1' in text.splitlines()


def test_a_model_that_fails_is_a_500_and_the_next_request_is_answered(
    at: Serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: Any) -> dict[str, Any]:
        raise RuntimeError("out of memory")

    with monkeypatch.context() as patched:
        patched.setattr(at.model, "infer", broken)
        assert at.ask("POST", INFER, request((1, 2, 3))) == (
            500,
            {"error": "the model failed: out of memory"},
        )
    assert at.ask("POST", INFER, request((1, 2, 3)))[0] == 200


def test_a_port_that_is_taken_is_one_sentence(at: Serving) -> None:
    with pytest.raises(Complaint, match=f"port {at.server.port} of 127.0.0.1 is taken by another program"):
        HttpServer("127.0.0.1", at.server.port, lambda _: Answer.json({}), at.metrics)


class Loaded:
    signature = Signature((), ())

    def infer(self, inputs: Any) -> dict[str, Any]:
        return {}


def test_only_the_model_that_was_accepted_is_served(tmp_path: Path) -> None:
    (tmp_path / "model.pt2").write_bytes(b"weights")
    served = ServedModel("a", KEY, digest_folder(tmp_path).digest)
    assert served.problem == "the model is being loaded"
    served.load(tmp_path, lambda _: Loaded())
    assert (served.problem, served.settled) == ("", True)

    (tmp_path / "model.pt2").write_bytes(b"other weights")
    served = ServedModel("a", KEY, served.digest)
    served.load(tmp_path, lambda _: Loaded())
    assert served.model is None
    assert "is not the one that was accepted" in served.problem
