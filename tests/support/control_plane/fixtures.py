"""Fixtures: one control plane a session, started when first asked for; a namespace a test; one of its own to break.

A test that needs what can't be built on this machine is skipped with the reason. `TRIMTAB_CONTROL_PLANE`
names the folder of one that already runs (`tools/control-plane up`), so that a developer's tests start at once.
"""

from __future__ import annotations

import os
import re
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import pytest

from control_plane.access import Access, connect
from control_plane.api import Refused
from control_plane.plane import ControlPlane, start
from control_plane.reports import CannotBuild
from control_plane.servers import find_programs

DEADLINE = 30.0
RUNNING = "TRIMTAB_CONTROL_PLANE"

ResultT = TypeVar("ResultT")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup() -> Iterator[None]:
    with _skipped_where_it_cannot_be_built():
        yield


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call() -> Iterator[None]:
    with _skipped_where_it_cannot_be_built():
        yield


@contextmanager
def _skipped_where_it_cannot_be_built() -> Iterator[None]:
    try:
        yield
    except CannotBuild as reason:
        pytest.skip(str(reason))


@pytest.fixture(scope="session")
def control_plane_programs(pytestconfig: pytest.Config) -> dict[str, Path]:
    """Built or refused once a session."""
    return built(pytestconfig, find_programs)


@pytest.fixture(scope="session")
def control_plane(request: pytest.FixtureRequest) -> Iterator[Access]:
    """Shared: whoever kills or breaks something takes `own_control_plane`."""
    running = os.environ.get(RUNNING)
    if running:
        yield connect(Path(running))
        return
    request.getfixturevalue("control_plane_programs")
    with start() as plane:
        yield plane


@pytest.fixture
def own_control_plane(control_plane_programs: object) -> Iterator[ControlPlane]:
    with start() as plane:
        yield plane


@pytest.fixture
def kube_namespace(control_plane: Access, request: pytest.FixtureRequest) -> Iterator[str]:
    """The name of a new namespace, with its default service account; deleted, but not waited for, when the test ends."""
    name = make_namespace(control_plane, request.node.name)
    yield name
    control_plane.api.delete(f"/api/v1/namespaces/{name}")


def built(config: pytest.Config, make: Callable[[], ResultT]) -> ResultT:
    """What `make` gives; what it says of its progress is shown at once, for a build takes minutes."""
    capture: Any = config.pluginmanager.getplugin("capturemanager")
    with capture.global_and_fixture_disabled():
        return make()


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
