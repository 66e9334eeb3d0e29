"""A few requests to an API server while a test is set up: a connection each, no retries, no caching.

What a test is about goes through the client under test or through kubectl, never through this.
"""

from __future__ import annotations

import http.client
import json
import ssl
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from control_plane.authority import Pair

SECONDS = 60
JSON = "application/json"


class Refused(Exception):
    """The API server's answer was no: `code` is HTTP's, `status` the Kubernetes `Status` object."""

    def __init__(self, code: int, status: dict[str, Any]) -> None:
        super().__init__(f"{code}: {status.get('message', '')}")
        self.code = code
        self.status = status


class Api:
    def __init__(self, url: str, authority: Path, credential: Pair) -> None:
        self._host = urlsplit(url).netloc
        self._trust = ssl.create_default_context(cafile=authority)
        self._trust.load_cert_chain(*credential)

    def get(self, path: str, accept: str = JSON) -> Any:
        return self.request("GET", path, accept=accept)

    def create(self, path: str, body: dict[str, Any]) -> Any:
        return self.request("POST", path, body)

    def delete(self, path: str) -> Any:
        return self.request("DELETE", path)

    def request(
        self, verb: str, path: str, body: object = None, content_type: str = JSON, accept: str = JSON
    ) -> Any:
        """The decoded answer. Raises `Refused`, and `OSError` when nobody answers."""
        connection = http.client.HTTPSConnection(self._host, context=self._trust, timeout=SECONDS)
        try:
            text = None if body is None else json.dumps(body)
            connection.request(verb, path, text, {"Content-Type": content_type, "Accept": accept})
            answer = connection.getresponse()
            decoded = _decoded(answer.read())
        finally:
            connection.close()
        if answer.status >= http.client.BAD_REQUEST:
            raise Refused(answer.status, decoded if isinstance(decoded, dict) else {"message": decoded})
        return decoded


def _decoded(content: bytes) -> Any:
    try:
        return json.loads(content)
    except ValueError:
        return content.decode(errors="replace")
