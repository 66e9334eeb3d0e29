"""Fixtures: one control plane a session, started when first asked for; a namespace a test; one of its own to break.

Where the programs can't be built, the tests that ask for them are skipped with the reason. `TRIMTAB_CONTROL_PLANE`
names the folder of one that already runs (`python -m control_plane up`), so that a developer's tests start at once.
"""

from __future__ import annotations

import os
import re
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest

from control_plane.access import Access, connect
from control_plane.api import Refused
from control_plane.plane import ControlPlane, start
from control_plane.reports import CannotBuild

DEADLINE = 30.0
RUNNING = "TRIMTAB_CONTROL_PLANE"

ResultT = TypeVar("ResultT")


@pytest.fixture(scope="session")
def control_plane(pytestconfig: pytest.Config) -> Iterator[Access]:
    """Shared: whoever kills or breaks something takes `own_control_plane`."""
    running = os.environ.get(RUNNING)
    if running:
        yield connect(Path(running))
        return
    with built(pytestconfig, start) as plane:
        yield plane


@pytest.fixture
def own_control_plane(pytestconfig: pytest.Config) -> Iterator[ControlPlane]:
    with built(pytestconfig, start) as plane:
        yield plane


@pytest.fixture
def kube_namespace(control_plane: Access, request: pytest.FixtureRequest) -> Iterator[str]:
    """The name of a new namespace, with its default service account; deleted, but not waited for, when the test ends."""
    name = make_namespace(control_plane, request.node.name)
    yield name
    control_plane.api.delete(f"/api/v1/namespaces/{name}")


def built(config: pytest.Config, make: Callable[[], ResultT]) -> ResultT:
    """What `make` gives, its reports shown at once; the test is skipped where a program can't be built."""
    capture: Any = config.pluginmanager.getplugin("capturemanager")
    try:
        with capture.global_and_fixture_disabled():
            return make()
    except CannotBuild as reason:
        pytest.skip(str(reason))


def make_namespace(plane: Access, test: str) -> str:
    """Named after the test, with the objects that controllers put into every namespace."""
    plain = re.sub(r"[^a-z0-9]+", "-", test.lower()).strip("-")[:40].strip("-")
    name = f"{plain}-{uuid.uuid4().hex[:8]}"
    plane.api.create("/api/v1/namespaces", {"metadata": {"name": name}})
    deadline = time.monotonic() + DEADLINE
    while not _exists(plane, f"/api/v1/namespaces/{name}/serviceaccounts/default"):
        assert time.monotonic() < deadline, f"the namespace {name} got no service account in {DEADLINE:.0f} s"
        time.sleep(0.01)
    return name


def _exists(plane: Access, path: str) -> bool:
    try:
        plane.api.get(path)
    except Refused as refused:
        if refused.code != 404:
            raise
        return False
    return True
