"""The audit log is read as requests: each once, whatever its stages, and a line half written not yet."""

from __future__ import annotations

import json
from pathlib import Path

from control_plane.audit import AuditLog


def event(audit_id: str, verb: str = "get", stage: str = "ResponseComplete", user: str = "jane") -> str:
    line = {
        "auditID": audit_id,
        "stage": stage,
        "verb": verb,
        "user": {"username": user},
        "requestURI": f"/api/v1/pods?{audit_id}",
        "requestReceivedTimestamp": "2026-01-02T03:04:05.678901Z",
        "responseStatus": {"code": 200},
    }
    return json.dumps(line) + "\n"


def test_a_watch_counts_once_and_where_it_started(tmp_path: Path) -> None:
    log = AuditLog(tmp_path / "audit.log")
    log.file.write_text(event("a", "watch", "ResponseStarted") + event("b"))
    mark = log.mark()
    with log.file.open("a") as file:
        file.write(event("a", "watch") + event("c"))
    assert [each.uri[-1] for each in log.requests()] == ["a", "b", "c"]
    assert [each.uri[-1] for each in log.requests(mark)] == ["c"]


def test_a_line_that_is_still_written_is_left_for_the_next_reading(tmp_path: Path) -> None:
    log = AuditLog(tmp_path / "audit.log")
    log.file.write_text(event("a") + event("b")[:40])
    assert len(log.requests()) == 1


def test_one_user_alone(tmp_path: Path) -> None:
    log = AuditLog(tmp_path / "audit.log")
    log.file.write_text(event("a") + event("b", user="system:kube-scheduler"))
    assert [each.user for each in log.requests(user="jane")] == ["jane"]


def test_before_the_first_request_there_is_none(tmp_path: Path) -> None:
    assert AuditLog(tmp_path / "none").requests(AuditLog(tmp_path / "none").mark()) == []
