"""Small servers for tests of addresses: one that says who it is over HTTP and drains well, and ones in plain TCP."""

from __future__ import annotations

import socket
import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Server:
    """An HTTP server that answers with its name. `drain` is what a good server does when it is asked to stop."""

    def __init__(self, name: str) -> None:
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_GET(self) -> None:
                self.send_response(200)
                self.send_header("Content-Length", str(len(name)))
                if server.draining:
                    self.send_header("Connection", "close")
                self.end_headers()
                self.wfile.write(name.encode())

            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["Content-Length"]))
                self.do_GET()

            def log_message(self, *_: Any) -> None: ...

        self.draining = False
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler, bind_and_activate=True)
        self._http.daemon_threads = False
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.01,))
        self._thread.start()

    @property
    def address(self) -> tuple[str, int]:
        return "127.0.0.1", int(self._http.server_address[1])

    def stop(self) -> None:
        """Take no more connections; answer those that are there until their clients have closed them."""
        self.draining = True
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()


@contextmanager
def serving(*names: str) -> Iterator[list[Server]]:
    servers = [Server(name) for name in names]
    try:
        yield servers
    finally:
        for server in servers:
            server.stop()


@contextmanager
def tcp_server(serve: Callable[[socket.socket], None]) -> Iterator[tuple[str, int]]:
    """`serve` gets each connection, in a thread of its own, and may do with it what it likes."""

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            serve(self.request)

    class Threading(socketserver.ThreadingTCPServer):
        daemon_threads = True
        request_queue_size = 512

        def handle_error(self, *_: Any) -> None: ...

    with Threading(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield "127.0.0.1", int(server.server_address[1])
        finally:
            server.shutdown()
            thread.join()
