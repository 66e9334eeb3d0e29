"""What benchmarks say of requests is what an audit log says."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from benchmarks.applying.counting import counted, kinds, last_write
from control_plane import Request

BEGAN = datetime(2026, 11, 2, tzinfo=UTC)
PATCH = Request("patch", "", "configmaps", "", "n", "app-1", "u", "", 200, "/api/v1/...", BEGAN)


def test_watches_and_leases_stand_apart() -> None:
    requests = [PATCH, replace(PATCH, verb="watch"), replace(PATCH, verb="create", resource="leases")]
    found = kinds(requests)
    assert found == {"patch": 1, "watch": 1, "lease": 1}
    assert counted(found) == 1


def test_a_dry_run_counts_as_a_request_and_writes_nothing() -> None:
    tried = replace(PATCH, uri="/api/v1/...?dryRun=All")
    assert counted(kinds([tried])) == 1
    assert last_write([tried], ["configmaps"]) is None


def test_the_last_write_is_of_an_application() -> None:
    later = replace(PATCH, received=BEGAN + timedelta(seconds=1))
    own = replace(PATCH, name="inventory", received=BEGAN + timedelta(seconds=2))
    read = replace(PATCH, verb="get", received=BEGAN + timedelta(seconds=3))
    assert last_write([later, PATCH, own, read], ["configmaps"]) == later.received
