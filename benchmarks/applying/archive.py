"""One file as the artifact of a Flux source: in a compressed archive, on a server of this machine's loopback address."""

from __future__ import annotations

import hashlib
import io
import tarfile
import threading
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any


class Archive:
    """`artifact` is what a source's status says of it; it is served until `close`."""

    def __init__(self, file: Path) -> None:
        content = _packed(file)
        digest = hashlib.sha256(content).hexdigest()
        self.made = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(content))
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.artifact: dict[str, Any] = {
            "url": f"http://127.0.0.1:{self._server.server_port}/{digest}.tar.gz",
            "path": f"{digest}.tar.gz",
            "digest": f"sha256:{digest}",
            "revision": f"main@sha1:{digest[:40]}",
            "lastUpdateTime": self.made,
            "size": len(content),
        }

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def _packed(file: Path) -> bytes:
    sink = io.BytesIO()
    with tarfile.open(fileobj=sink, mode="w:gz") as archive:
        archive.add(file, file.name)
    return sink.getvalue()


def _handler(content: bytes) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    return Handler
