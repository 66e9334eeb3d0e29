"""One engine host for all tests of a session, a namespace for each; tests that kill or break a host make their own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from itertools import count
from pathlib import Path

import pytest
from engines import LocalEngine

from trimtab.reconciler.local import LocalCluster

_numbers = count(1)


@pytest.fixture(scope="session")
def shared_engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalEngine]:
    engine = LocalEngine(tmp_path_factory.mktemp("local") / ".trimtab" / "laptop")
    yield engine
    engine.close()


@pytest.fixture
async def cluster(shared_engine: LocalEngine) -> AsyncIterator[LocalCluster]:
    connection = shared_engine.connect("trimtab")
    yield connection
    await connection.close()


@pytest.fixture
async def namespace(cluster: LocalCluster) -> str:
    name = f"test-{next(_numbers)}"
    await cluster.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
    return name


@pytest.fixture
def own_engine(tmp_path: Path) -> Iterator[LocalEngine]:
    engine = LocalEngine(tmp_path / ".trimtab" / "laptop")
    yield engine
    engine.close()
