"""Reads an API server's audit log: what was asked, by whom, with what answer. So requests are counted, not guessed."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

POLICY: dict[str, Any] = {
    "apiVersion": "audit.k8s.io/v1",
    "kind": "Policy",
    "omitStages": ["RequestReceived"],
    "rules": [{"level": "Metadata"}],
}


@dataclass(frozen=True)
class Request:
    """One request. `group`, `namespace`, `name`, `subresource` are empty where it had none; `code` is HTTP's.

    A watch is told of when it starts: it is one request, however long it lasts.
    """

    verb: str
    group: str
    resource: str
    subresource: str
    namespace: str
    name: str
    user: str
    user_agent: str
    code: int
    uri: str
    received: datetime


class AuditLog:
    def __init__(self, file: Path) -> None:
        self.file = file

    def mark(self) -> int:
        """A place in time, for `requests`: after everything that has been answered until now."""
        return self.file.stat().st_size if self.file.exists() else 0

    def requests(self, since: int = 0, user: str | None = None) -> list[Request]:
        """All requests since a `mark`, in the order of their answers; of one `user` only, where given."""
        if not self.file.exists():
            return []
        with self.file.open("rb") as log:
            log.seek(since)
            lines = log.read().splitlines(keepends=True)
        events: dict[str, dict[str, Any]] = {}
        for event in (json.loads(line) for line in lines if line.endswith(b"\n")):
            if not _is_end_of_watch(event):
                events.setdefault(event["auditID"], event)
        requests = [_request(event) for event in events.values()]
        return [each for each in requests if user in (None, each.user)]


def _is_end_of_watch(event: dict[str, Any]) -> bool:
    """The same request was told of when it started, which may have been before the mark."""
    return bool(event["verb"] == "watch" and event["stage"] == "ResponseComplete")


def _request(event: dict[str, Any]) -> Request:
    target = event.get("objectRef", {})
    return Request(
        verb=event["verb"],
        group=target.get("apiGroup", ""),
        resource=target.get("resource", ""),
        subresource=target.get("subresource", ""),
        namespace=target.get("namespace", ""),
        name=target.get("name", ""),
        user=event["user"].get("username", ""),
        user_agent=event.get("userAgent", ""),
        code=event.get("responseStatus", {}).get("code", 0),
        uri=event["requestURI"],
        received=datetime.fromisoformat(event["requestReceivedTimestamp"]),
    )
