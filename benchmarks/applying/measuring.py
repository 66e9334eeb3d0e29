"""One contestant in a namespace of its own: two passes, each with its requests; then everything of it is deleted.

The next one begins on a control plane that has nothing left to do, so that all of them meet the same.
"""

from __future__ import annotations

import tempfile
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from control_plane import ControlPlane, Refused
from control_plane.reports import say

from benchmarks.applying import counting
from benchmarks.applying.contestant import Contestant, Ring
from benchmarks.processes import LIMIT, Taken

RESOURCES = ("configmaps", "serviceaccounts", "services", "deployments")
LAST_LINE = 0.3
"""Seconds after which the audit log has the last request of a client that has ended."""
AT_REST = 3
"""Requests within a second that a control plane makes of itself when nothing is to be done."""
PATIENCE = 120.0


class Pass(NamedTuple):
    taken: Taken
    written: float
    """Seconds until the last object was written; 0 where nothing was."""
    requests: Counter[str]


class Measured(NamedTuple):
    first: Pass
    second: Pass


def measured(plane: ControlPlane, contestant: Contestant, count: int) -> Measured:
    """Raises `CannotBuild`, `DidNotEndWell`; the control plane is empty again in any case.

    No namespace has the name of an earlier one: an API server asks its store about one that was deleted within the last
    half a minute at each write into it (`forceLiveLookupTTL` of its NamespaceLifecycle).
    """
    user = f"bench-{contestant.name}"
    namespace = f"{user}-{time.monotonic_ns()}"
    plane.api.create("/api/v1/namespaces", {"metadata": {"name": namespace}})
    try:
        with tempfile.TemporaryDirectory() as folder:
            kubeconfig = plane.users.named(user, ["system:masters"]).kubeconfig
            ring = Ring(plane, namespace, Path(folder), user, kubeconfig, count)
            return _both(ring, contestant)
    finally:
        _clear(plane, namespace)


def _both(ring: Ring, contestant: Contestant) -> Measured:
    passes = contestant.enter(ring)
    try:
        first = _counted(ring, passes.first)
        say(f"  {contestant.name}: {first.taken.seconds:.1f} s, all written after {first.written:.1f} s")
        second = _counted(ring, passes.second)
        say(f"  {contestant.name}, once more: {second.taken.seconds:.1f} s")
        return Measured(first, second)
    finally:
        passes.end()


def _counted(ring: Ring, once: Callable[[], Taken]) -> Pass:
    mark, began = ring.plane.audit.mark(), datetime.now(UTC)
    taken = once()
    time.sleep(LAST_LINE)
    requests = ring.plane.audit.requests(mark, ring.user)
    last = counting.last_write(requests, RESOURCES)
    return Pass(taken, (last - began).total_seconds() if last else 0.0, counting.kinds(requests))


def _clear(plane: ControlPlane, namespace: str) -> None:
    path, deadline = f"/api/v1/namespaces/{namespace}", time.monotonic() + LIMIT
    plane.api.delete(path)
    while _exists(plane, path):
        if time.monotonic() > deadline:
            raise TimeoutError(f"the namespace {namespace} is still there after {LIMIT:.0f} s")
        time.sleep(0.1)
    _rest(plane)


def _exists(plane: ControlPlane, path: str) -> bool:
    try:
        plane.api.get(path)
    except Refused as refused:
        if refused.code != 404:
            raise
        return False
    return True


def _rest(plane: ControlPlane) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        mark = plane.audit.mark()
        time.sleep(1)
        if len(plane.audit.requests(mark)) <= AT_REST:
            return
    say(f"  The control plane is still busy after {PATIENCE:.0f} s; it goes on all the same.")
