"""Argo CD as in its "core" installation: its application controller and its repo server, without an API server of its own.

Three things are otherwise than in a cluster, since there are no Pods: they speak to Kubernetes by a kubeconfig, the
Redis between them is one in memory, and the repository is a folder of this machine. Nothing else is set.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import control_plane
from control_plane import ControlPlane, DidNotStart
from control_plane.building import programs
from control_plane.sources import source, version

from benchmarks.at_rest.arena import QUIET_SECONDS, is_work, kubeconfig, say
from benchmarks.beside_argocd.argocd_objects import OWNER, ask, install, synced
from benchmarks.beside_argocd.argocd_servers import Servers, started
from benchmarks.beside_argocd.keeper import Contestant, Keeper, Size

PINS = "argocd"
MODULE = "github.com/argoproj/argo-cd/v3"
USER = "argocd"
SYNC_SECONDS = 1800.0
SETTLE_SECONDS = 300.0
"""So long is waited at most for `QUIET_SECONDS` without a request."""


@contextmanager
def argocd(size: Size) -> Iterator[Keeper]:
    built, sources = programs(PINS, {"cmd": "argocd"}), source(MODULE, PINS)
    with TemporaryDirectory(prefix="beside-argocd-") as top, control_plane.start() as plane:
        folder = Path(top)
        install(plane, sources / "manifests")
        ask(plane, folder / "repository", size)
        access = kubeconfig(plane, folder, USER, "system:masters")
        began = time.monotonic()
        with started(built, sources, folder, access) as servers:
            _wait_until_synced(plane, servers, size)
            applied = time.monotonic() - began
            _wait_until_quiet(plane, servers)
            yield Keeper(plane, USER, servers.processes, OWNER, applied)


def _wait_until_synced(plane: ControlPlane, servers: Servers, size: Size) -> None:
    deadline, told = time.monotonic() + SYNC_SECONDS, 0.0
    while (done := synced(plane)) < size.systems:
        servers.check()
        if time.monotonic() > deadline:
            raise DidNotStart(f"Argo CD synced {done} Applications: {servers.controller.last_words}")
        if time.monotonic() - told > QUIET_SECONDS:
            told = time.monotonic()
            say(f"{done} of {size.systems} Applications synced")
        time.sleep(0.5)


def _wait_until_quiet(plane: ControlPlane, servers: Servers) -> None:
    began = since = time.monotonic()
    mark = plane.audit.mark()
    while time.monotonic() - since < QUIET_SECONDS and time.monotonic() - began < SETTLE_SECONDS:
        servers.check()
        if any(map(is_work, plane.audit.requests(mark, user=USER))):
            mark, since = plane.audit.mark(), time.monotonic()
        time.sleep(1)
    if time.monotonic() - since < QUIET_SECONDS:
        say(f"Argo CD still works after {SETTLE_SECONDS:.0f} s; it is measured all the same")


ARGOCD = Contestant(f"Argo CD {version(MODULE, PINS).removeprefix('v')}", argocd)
