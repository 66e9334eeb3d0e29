"""What a contestant asked of the API server, out of the server's own audit log: nothing is taken from the client."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime

from control_plane import Request

WATCH = "watch"
LEASE = "lease"
DRY_RUN = "dry run"
KINDS = ("get", "list", "create", "patch", "update", "delete", DRY_RUN, WATCH, LEASE)
APART = (WATCH, LEASE)
"""What holds on for as long as a client runs, and does not grow with what it applies."""
WRITES = ("create", "patch", "update")


def kinds(requests: Iterable[Request]) -> Counter[str]:
    return Counter(map(_kind, requests))


def counted(found: Mapping[str, int]) -> int:
    """All but what stands apart."""
    return sum(number for kind, number in found.items() if kind not in APART)


def last_write(requests: Iterable[Request], resources: Iterable[str]) -> datetime | None:
    """When the last of these resources was written, of an application, not in a dry run."""
    wanted = set(resources)
    written = (each for each in requests if each.resource in wanted and _kind(each) in WRITES)
    return max((each.received for each in written if each.name.startswith("app-")), default=None)


def _kind(request: Request) -> str:
    if request.resource == "leases":
        return LEASE
    if "dryRun=All" in request.uri:
        return DRY_RUN
    return "delete" if request.verb == "deletecollection" else request.verb
