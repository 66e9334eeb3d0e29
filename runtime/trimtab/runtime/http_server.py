"""HTTP/1.1 with connections that are kept alive, on the standard library alone; and leaving without a lost request.

The standard library, because this runs in the user's environment, whose lock knows nothing of servers. One thread a
connection: a model answers a handful at a time, and a proxy before it holds the crowd.
"""

from __future__ import annotations

import contextlib
import errno
import json
import select
import socket
import socketserver
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any

from trimtab.runtime.complaint import Complaint
from trimtab.runtime.server_metrics import ServerMetrics

MOST_BYTES = 64 << 20
"""Of a request's body."""
_READ_SECONDS = 30
"""A request that has begun must go on arriving."""
_IDLE_SECONDS = 75
"""Longer than the 60 s of common proxies, so that they close a connection before we do."""
_QUIET_SECONDS = 1.0
"""Without a request for so long, those who knew this address have left it."""
_LOOK_SECONDS = 0.1


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def json(cls, value: object, status: int = 200) -> Answer:
        return cls(status, json.dumps(value).encode())

    @classmethod
    def error(cls, sentence: str, status: int) -> Answer:
        return cls.json({"error": sentence}, status)


class HttpServer(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False
    request_queue_size = 256

    def __init__(
        self, host: str, port: int, answer: Callable[[Request], Answer], metrics: ServerMetrics
    ) -> None:
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.answer = answer
        self.metrics = metrics
        self.leaving = threading.Event()
        """Every answer is the last on its connection."""
        self.hanging_up = threading.Event()
        """Connections without a request are closed."""
        self.last_post = time.monotonic()
        try:
            super().__init__((host, port), _Connection)
        except OSError as error:
            raise Complaint(_why_not(error, host, port)) from error
        self._thread = threading.Thread(
            target=self.serve_forever, args=(_LOOK_SECONDS,), name="http", daemon=True
        )
        self._thread.start()

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def leave(self, seconds: float) -> bool:
        """Answer all who still come until none come, then those in flight. Whether all were answered in time."""
        deadline = time.monotonic() + seconds
        self.leaving.set()
        self.last_post = time.monotonic()  # those of probes don't count
        self._wait(deadline, lambda: time.monotonic() - self.last_post >= _QUIET_SECONDS)
        self.shutdown()
        self.hanging_up.set()
        noticed = time.monotonic() + 2 * _LOOK_SECONDS
        answered = self._wait(deadline, lambda: time.monotonic() > noticed and self.metrics.in_flight == 0)
        self.close()
        return answered

    def close(self) -> None:
        self.shutdown()
        self.hanging_up.set()
        self.server_close()
        self._thread.join()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is nothing to speak of."""
        error = sys.exc_info()[1]
        if not isinstance(error, OSError):
            super().handle_error(request, client_address)

    def _wait(self, deadline: float, done: Callable[[], bool]) -> bool:
        while not done() and time.monotonic() < deadline:
            time.sleep(_LOOK_SECONDS / 2)
        return done()


class _Connection(BaseHTTPRequestHandler):
    server: HttpServer
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = _READ_SECONDS
    wbufsize = 1 << 16  # head and body leave in one piece

    def handle(self) -> None:
        self.close_connection = True
        with contextlib.suppress(ConnectionError, TimeoutError):
            while self._next_request_comes():
                with self.server.metrics.answering():
                    self.handle_one_request()
                if self.close_connection:
                    return

    def _next_request_comes(self) -> bool:
        """False where the connection was idle for too long, or the server hangs up."""
        deadline = time.monotonic() + _IDLE_SECONDS
        if self._has_begun():
            return True
        watch = select.poll()
        watch.register(self.connection, select.POLLIN)
        while not self.server.hanging_up.is_set() and time.monotonic() < deadline:
            if watch.poll(_LOOK_SECONDS * 1000):
                return True
        return False

    def _has_begun(self) -> bool:
        """A client may send its next request with the last: then it is in our buffer and no longer in the socket."""
        self.connection.setblocking(False)
        try:
            return bool(self.rfile.peek(1))  # type: ignore[attr-defined]
        finally:
            self.connection.settimeout(self.timeout)

    def do_GET(self) -> None:
        self._handle()

    def do_POST(self) -> None:
        self.server.last_post = time.monotonic()
        self._handle()

    def _handle(self) -> None:
        request = self._request()
        if isinstance(request, Request):
            self._send(self.server.answer(request))
        elif request is not None:
            self.close_connection = True  # what follows on this connection is the body that was not read
            self._send(request)
        self.wfile.flush()

    def _request(self) -> Request | Answer | None:
        """None where the client left in the middle."""
        if self.headers.get("Transfer-Encoding"):
            return Answer.error("send the body with a Content-Length, not in chunks", 411)
        length = self.headers.get("Content-Length", "0")
        if not length.isascii() or not length.isdigit():
            return Answer.error(f"the Content-Length {length!r} is not a number", 400)
        if int(length) > MOST_BYTES:
            return Answer.error(f"the body has {length} bytes; at most {MOST_BYTES} are taken", 413)
        body = self.rfile.read(int(length))
        if len(body) < int(length):
            self.close_connection = True
            return None
        return Request(self.command, self.path, {k.lower(): v for k, v in self.headers.items()}, body)

    def _send(self, answer: Answer) -> None:
        if self.server.leaving.is_set():
            self.close_connection = True
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.content_type)
        self.send_header("Content-Length", str(len(answer.body)))
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(answer.body)

    def handle_expect_100(self) -> bool:
        """curl waits for this before it sends a large body."""
        going_on = super().handle_expect_100()
        self.wfile.flush()
        return going_on

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """What the standard library finds wrong with a request, in our form."""
        self.close_connection = True
        self.request_version = self.protocol_version  # of a line it can't read, it thinks as of HTTP/0.9
        self._send(Answer.error(message or "this is not a request that the server knows", code))

    def version_string(self) -> str:
        return "trimtab"

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the standard library's name
        """Requests are counted, not logged: a log of them is the proxy's to keep."""


def _why_not(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"port {port} of {host} is taken by another program: stop that, or choose another port"
    if error.errno == errno.EACCES:
        return f"port {port} of {host} is not ours to take: choose one above 1023"
    return f"can't listen on port {port} of {host}: {error}"
