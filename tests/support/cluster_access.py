"""Our own client on a control plane of the tests, as its administrator or as somebody with less; and the fixture
`prepared_cluster`: a control plane on which an administrator has done what `trimtab cluster install` does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from control_plane import Access

from trimtab.reconciler.cluster import FIELD_MANAGER
from trimtab.reconciler.kubernetes import installing
from trimtab.reconciler.kubernetes.client import KubernetesCluster
from trimtab.reconciler.kubernetes.credentials import of_context
from trimtab.reconciler.kubernetes.exchange import Patience
from trimtab.reconciler.kubernetes.leases import Times

CONTEXT = "tests"
"""What the one context of each of their kubeconfigs is called."""


class KubernetesEngine:
    """For the tests that are the same on every engine."""

    def __init__(self, plane: Access) -> None:
        self._plane = plane

    def connect(self, manager: str) -> KubernetesCluster:
        return cluster_at(self._plane.kubeconfig, manager)


def cluster_at(
    kubeconfig: Path,
    manager: str = FIELD_MANAGER,
    *,
    patience: Patience | None = None,
    lease_times: Times | None = None,
) -> KubernetesCluster:
    """To be closed by whoever asks for it."""
    who = of_context(CONTEXT, str(kubeconfig))
    return KubernetesCluster(who, manager, patience=patience, lease_times=lease_times)


@asynccontextmanager
async def client(
    plane: Access, kubeconfig: Path | None = None, manager: str = FIELD_MANAGER
) -> AsyncIterator[KubernetesCluster]:
    cluster = cluster_at(kubeconfig or plane.kubeconfig, manager)
    try:
        yield cluster
    finally:
        await cluster.close()


async def install(plane: Access, *, dry_run: bool = False, force: bool = False) -> dict[str, str]:
    """What was done, by object."""
    async with client(plane) as cluster:
        done = installing.install(cluster, dry_run=dry_run, force=force)
        return {str(each.ref): each.outcome.value async for each in done}


@pytest.fixture(scope="session")
def prepared_cluster(control_plane: Access) -> Access:
    asyncio.run(install(control_plane, force=True))
    return control_plane
