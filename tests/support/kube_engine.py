"""A real control plane as an engine to test against, with our own kinds installed; and clusters that talk to it."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import yaml
from control_plane import Access, Refused

from trimtab.reconciler.kubernetes import credentials
from trimtab.reconciler.kubernetes.client import KubernetesCluster
from trimtab.reconciler.kubernetes.connection import Patience
from trimtab.reconciler.kubernetes.leases import Times

CONTEXT = "tests"
DEFINITIONS = Path(__file__).parents[2] / "schemas" / "crds"
DEADLINE = 30.0


class KubernetesEngine:
    """`kubeconfig` stands for another user than the administrator, or another way to the same API server."""

    def __init__(self, plane: Access, kubeconfig: Path | None = None) -> None:
        self.plane = plane
        self._kubeconfig = kubeconfig or plane.kubeconfig
        install_our_kinds(plane)

    def connect(self, manager: str) -> KubernetesCluster:
        return cluster_at(self._kubeconfig, manager)


def cluster_at(
    kubeconfig: Path,
    manager: str = "trimtab",
    *,
    patience: Patience | None = None,
    lease_times: Times | None = None,
) -> KubernetesCluster:
    who = credentials.of_context(CONTEXT, str(kubeconfig))
    return KubernetesCluster(who, manager, patience=patience, lease_times=lease_times)


def install_our_kinds(plane: Access) -> None:
    """Served when it returns; harmless where they are there."""
    for file in sorted(DEFINITIONS.glob("*.yaml")):
        define(plane, yaml.safe_load(file.read_text()))


def define(plane: Access, definition: dict[str, Any]) -> None:
    """A kind, served when it returns."""
    path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
    try:
        plane.api.create(path, definition)
    except Refused as refused:
        if refused.code != 409:
            raise
    spec = definition["spec"]
    served = f"/apis/{spec['group']}/{spec['versions'][0]['name']}/{spec['names']['plural']}"
    deadline = time.monotonic() + DEADLINE
    while not _is_served(plane, served):
        assert time.monotonic() < deadline, f"{served} was not served within {DEADLINE:.0f} s"
        time.sleep(0.02)


def _is_served(plane: Access, path: str) -> bool:
    try:
        plane.api.get(path)
    except Refused as refused:
        if refused.code not in (404, 429):
            raise
        return False
    return True
