"""Where a system of a test lives, this machine or a real cluster: what a test must know of either beside the command line.

`home` is for fixtures: a system that lives on a cluster is skipped, with the reason, where none can be had.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

import pytest
from cluster_home import ClusterHome
from local_home import LocalHome

from trimtab.reconciler.cluster import Cluster, Observed

LOCAL, CLUSTER = "local", "cluster"
BOTH = (LOCAL, CLUSTER)


class Home(Protocol):
    @property
    def arguments(self) -> Sequence[str]:
        """They name the environment to each command."""

    @property
    def variables(self) -> Mapping[str, str]:
        """Added to those of each command's process."""

    @property
    def volumes(self) -> Sequence[Path]:
        """The folders that hold what its workloads keep."""

    @property
    def pods(self) -> Path:
        """A folder a Pod, by uid, with `containers/<name>` in it."""

    def process(self, container: Path) -> int:
        """The first process of what runs in a container, by its folder; 0 where nothing does."""

    def connect(self) -> Cluster: ...

    def reach(self, address: str) -> str:
        """Where this process reaches what answers at that address of a Pod or a Service."""

    def kill_engine(self) -> None:
        """Whatever keeps objects and starts processes, with SIGKILL; workloads have to live on."""

    def revive_engine(self) -> None:
        """Where no command does it."""

    def forget(self) -> None:
        """All but artifacts and data is lost, as in an accident."""

    def end(self) -> None:
        """Nothing of the system is left, nor runs."""


@contextmanager
def home(
    request: pytest.FixtureRequest, kind: str, system: Path, program: Path, namespace: str
) -> Iterator[Home]:
    """For the system in a folder, whose spec names that namespace."""
    found = LocalHome(system) if kind == LOCAL else _on_cluster(request, system, namespace)
    try:
        if isinstance(found, ClusterHome):
            found.prepare(program, system)
        yield found
    finally:
        found.end()


def _on_cluster(request: pytest.FixtureRequest, system: Path, namespace: str) -> ClusterHome:
    keys = system.with_name(f"{system.name}-keys")
    keys.mkdir()
    return ClusterHome(request.getfixturevalue("cluster_with_nodes"), keys, namespace)


def listed(home: Home, api_version: str, kind: str, namespace: str) -> list[Observed]:
    """Through the engine's own door."""

    async def found() -> Sequence[Observed]:
        cluster = home.connect()
        try:
            return await cluster.list(api_version, kind, namespace)
        finally:
            await cluster.close()

    return list(asyncio.run(found()))


def pods(home: Home, namespace: str, component: str = "") -> list[Observed]:
    """Those that are there to stay."""
    return [
        pod
        for pod in listed(home, "v1", "Pod", namespace)
        if component in pod.labels.get("app.kubernetes.io/component", "") and not pod.deleting
    ]


def left_over(home: Home, namespace: str) -> list[str]:
    """What a writer makes to be rid of again."""
    kinds = (("batch/v1", "Job"), ("coordination.k8s.io/v1", "Lease"))
    found = [each for kind in kinds for each in listed(home, *kind, namespace)]
    return [str(each.ref) for each in found if not each.deleting]


def processes(home: Home, pods: Sequence[Observed]) -> dict[str, int]:
    """The first process of each container that runs: a restart would change it."""
    containers = [each for pod in pods for each in (home.pods / pod.uid / "containers").glob("*")]
    found = {str(container): home.process(container) for container in containers}
    return {name: number for name, number in found.items() if number}
