"""Flux's kustomize-controller, alone: there is no source-controller here, so a GitRepository is fed to it by hand.

The GitRepository says that an archive on a local server is its artifact, as a source-controller would say it. What is
timed begins when the Kustomization is created, or asked for another reconciliation, and ends when it says that it is done.
The controller has started before that, with the flags of its own default manifests but for leader election, which it
can't do outside of a Pod.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from control_plane import Refused, crds
from control_plane.building import programs
from control_plane.held_servers import HeldServer
from control_plane.ports import free_ports

from benchmarks.applying.archive import Archive
from benchmarks.applying.command_lines import listed
from benchmarks.applying.contestant import Contestant, Passes, Ring
from benchmarks.at_rest import figures
from benchmarks.processes import LIMIT, DidNotEndWell, Taken

HOME = "flux-system"
NAME = "apps"
SOURCES = f"/apis/source.toolkit.fluxcd.io/v1/namespaces/{HOME}/gitrepositories"
KUSTOMIZATIONS = f"/apis/kustomize.toolkit.fluxcd.io/v1/namespaces/{HOME}/kustomizations"
MERGE = "application/merge-patch+json"
FLAGS = ("--watch-all-namespaces", "--log-level=info", "--log-encoding=json", "--metrics-addr=127.0.0.1:0")
STARTED = '"Starting workers"'
"""What its log says once its caches are filled."""
START_SECONDS = 60.0
BETWEEN = 0.1
"""Seconds between two looks at what the controller says: how exactly its passes are timed."""


def enter(ring: Ring) -> Passes:
    program = programs("flux") / "kustomize-controller"
    crds.install(ring.plane, "flux")
    _create(ring, "/api/v1/namespaces", {"metadata": {"name": HOME}})
    archive = Archive(listed(ring))
    controller = _started(ring, program)
    _publish(ring, archive)
    process = controller.process_number

    def end() -> None:
        controller.kill()
        archive.close()
        for path in (KUSTOMIZATIONS, SOURCES):
            _remove(ring, f"{path}/{NAME}")

    first = partial(_timed, ring, process, partial(_create_kustomization, ring))
    second = partial(_timed, ring, process, partial(_ask_again, ring))
    return Passes(first, second, end)


def _started(ring: Ring, program: Path) -> HeldServer:
    [health] = free_ports(1)
    variables = ("env", f"KUBECONFIG={ring.kubeconfig}", f"RUNTIME_NAMESPACE={HOME}")
    flags = [*FLAGS, f"--health-addr=127.0.0.1:{health}"]
    controller = HeldServer(program, flags, ring.folder / "controller.log", variables)
    deadline = time.monotonic() + START_SECONDS
    while STARTED not in controller.log.read_text():
        if not controller.is_alive or time.monotonic() > deadline:
            controller.kill()
            raise DidNotEndWell(f"kustomize-controller did not start: {controller.last_words}")
        time.sleep(BETWEEN)
    return controller


def _publish(ring: Ring, archive: Archive) -> None:
    metadata = {"name": NAME, "namespace": HOME}
    spec = {"interval": "1h", "url": "https://git.example.com/apps"}
    kind = {"apiVersion": "source.toolkit.fluxcd.io/v1", "kind": "GitRepository"}
    _create(ring, SOURCES, {**kind, "metadata": metadata, "spec": spec})
    ready = {"type": "Ready", "status": "True", "reason": "Succeeded", "message": "stored"}
    ready["lastTransitionTime"] = archive.made
    status = {"observedGeneration": 1, "artifact": archive.artifact, "conditions": [ready]}
    ring.plane.api.request("PATCH", f"{SOURCES}/{NAME}/status", {"status": status}, MERGE)


def _create_kustomization(ring: Ring) -> Callable[[dict[str, Any]], bool]:
    spec = {"interval": "1h", "path": "./", "prune": True, "timeout": f"{LIMIT:.0f}s"}
    spec["sourceRef"] = {"kind": "GitRepository", "name": NAME}
    kind = {"apiVersion": "kustomize.toolkit.fluxcd.io/v1", "kind": "Kustomization"}
    _create(ring, KUSTOMIZATIONS, {**kind, "metadata": {"name": NAME}, "spec": spec})
    return lambda status: bool(status.get("lastAppliedRevision"))


def _ask_again(ring: Ring) -> Callable[[dict[str, Any]], bool]:
    token = str(time.time())
    annotations = {"reconcile.fluxcd.io/requestedAt": token}
    asked = {"metadata": {"annotations": annotations}}
    ring.plane.api.request("PATCH", f"{KUSTOMIZATIONS}/{NAME}", asked, MERGE)
    return lambda status: status.get("lastHandledReconcileAt") == token


def _timed(ring: Ring, process: int, ask: Callable[[], Callable[[dict[str, Any]], bool]]) -> Taken:
    before, began = figures.seconds(process), time.perf_counter()
    is_told = ask()
    while not (is_told(status := _status(ring)) and _is_ready(status)):
        if time.perf_counter() - began > LIMIT:
            raise DidNotEndWell(f"kustomize-controller: {status.get('conditions')}")
        time.sleep(BETWEEN)
    seconds, used = time.perf_counter() - began, figures.seconds(process).since(before)
    return Taken(seconds, used.own, figures.memory(process).peak)


def _status(ring: Ring) -> dict[str, Any]:
    status: dict[str, Any] = ring.plane.api.get(f"{KUSTOMIZATIONS}/{NAME}").get("status", {})
    return status


def _is_ready(status: dict[str, Any]) -> bool:
    return any(each["type"] == "Ready" and each["status"] == "True" for each in status.get("conditions", []))


def _create(ring: Ring, path: str, body: dict[str, Any]) -> None:
    try:
        ring.plane.api.create(path, body)
    except Refused as refused:
        if refused.code != 409:
            raise


def _remove(ring: Ring, path: str) -> None:
    """The controller is gone that would take its finalizer off."""
    try:
        ring.plane.api.request("PATCH", path, {"metadata": {"finalizers": None}}, MERGE)
        ring.plane.api.delete(path)
    except Refused as refused:
        if refused.code != 404:
            raise


FLUX = Contestant("flux", "a Kustomization of kustomize-controller, until it is Ready", enter)
