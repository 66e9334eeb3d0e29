"""The fixtures of the contract: `cluster` and `other` write to one engine under two names, in a namespace of their own.

An engine joins the contract by a branch in `engine`; no test here may know which one it runs against.
"""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from cluster_access import KubernetesEngine
from engines import Engine, LocalEngine, connected

from trimtab.reconciler.cluster import FIELD_MANAGER, Cluster


@pytest.fixture(scope="session", params=["local", "kubernetes"])
def engine(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Engine[Cluster]]:
    match request.param:
        case "kubernetes":
            yield KubernetesEngine(request.getfixturevalue("prepared_cluster"))
        case "local":
            local = LocalEngine(tmp_path_factory.mktemp("contract") / "state")
            yield local
            local.close()


@pytest.fixture
async def cluster(engine: Engine[Cluster]) -> AsyncIterator[Cluster]:
    async with connected(engine, FIELD_MANAGER) as connection:
        yield connection


@pytest.fixture
async def other(engine: Engine[Cluster]) -> AsyncIterator[Cluster]:
    async with connected(engine, "somebody-else") as connection:
        yield connection


@pytest.fixture
async def namespace(cluster: Cluster) -> str:
    name = f"contract-{uuid.uuid4().hex[:10]}"
    await cluster.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
    return name


@pytest.fixture
def config(namespace: str) -> dict[str, Any]:
    """A small object that no controller touches."""
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "settings", "namespace": namespace, "labels": {"app": "a"}},
        "data": {"color": "red", "size": "10"},
    }
