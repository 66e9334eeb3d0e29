"""Leaving: nothing that was asked goes unanswered, and nobody is kept waiting by a connection that is idle."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from model_servers import Serving, exchange, request, serving

INFER = "/v2/models/summing/infer"


@pytest.fixture
def at() -> Iterator[Serving]:
    with serving() as running:
        yield running


def test_readiness_is_given_up_at_once_and_requests_are_still_answered(at: Serving) -> None:
    at.leaving.set()
    assert at.ask("GET", "/v2/health/ready") == (503, {"ready": False, "error": "the server is leaving"})
    assert at.ask("GET", "/v2/health/live")[0] == 200
    assert at.ask("POST", INFER, request((1, 2, 3)))[0] == 200


def test_a_request_in_flight_is_answered_and_its_connection_closed(at: Serving) -> None:
    at.model.gate.clear()
    connection = at.connect()
    with ThreadPoolExecutor() as pool:
        answer = pool.submit(exchange, connection, "POST", INFER, request((1, 2, 3)))
        assert at.model.entered.acquire(timeout=20)
        left = pool.submit(at.server.leave, 20)
        assert at.server.leaving.wait(20)
        at.model.gate.set()
        assert answer.result(20)[0] == 200
        assert left.result(20) is True
    assert connection.sock is None, "the answer said Connection: close"
    with pytest.raises(ConnectionRefusedError):
        at.ask("GET", "/v2/health/live")


def test_an_idle_connection_holds_nobody_up(at: Serving) -> None:
    connection = at.connect()
    assert exchange(connection, "GET", "/v2/health/live")[0] == 200
    began = time.monotonic()
    assert at.server.leave(20) is True
    assert time.monotonic() - began < 10
    connection.sock.settimeout(20)
    assert connection.sock.recv(1) == b"", "closed by the server"
    connection.close()


def test_a_request_that_takes_too_long_is_given_up(at: Serving) -> None:
    at.model.gate.clear()
    with ThreadPoolExecutor() as pool:
        answer = pool.submit(at.ask, "POST", INFER, request((1, 2, 3)))
        assert at.model.entered.acquire(timeout=20)
        assert at.server.leave(1.5) is False
        at.model.gate.set()
        answer.result(20)


def test_clients_that_reconnect_elsewhere_lose_no_request(at: Serving) -> None:
    """Two servers and clients that keep their connections, as a proxy does: one server leaves amid it all."""
    stop = threading.Event()
    with serving() as other:
        turn = iter([at, *[other] * 10_000])

        def ask_all_the_time() -> int:
            count, connection = 0, at.connect()
            while not stop.is_set():
                status, _ = exchange(connection, "POST", INFER, request((1, 2, 3)))
                assert status == 200
                count += 1
                if connection.sock is None:  # told that the connection closes: go to who is still there
                    connection.close()
                    connection = (other if at.server.leaving.is_set() else next(turn)).connect()
            connection.close()
            return count

        with ThreadPoolExecutor(4) as pool:
            clients = [pool.submit(ask_all_the_time) for _ in range(4)]
            for _ in range(20):
                assert at.model.entered.acquire(timeout=20)
            assert at.server.leave(20) is True
            assert other.model.entered.acquire(timeout=20)
            stop.set()
            assert all(client.result(20) > 0 for client in clients)
