"""What Pods write, read through a real API server from nodes that run them as processes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from cluster_access import client, cluster_at
from engines import eventually
from faulty_http import Pass, faulty_proxy
from node_agent.fixtures import PYTHON
from node_agent.live_namespace import LiveNamespace

from trimtab.compiler.bundle import Ref
from trimtab.reconciler.cluster import LogLine
from trimtab.reconciler.kubernetes import KubernetesCluster

Body = dict[str, Any]


@pytest.fixture
async def cluster(live: LiveNamespace) -> AsyncIterator[KubernetesCluster]:
    async with client(live.plane) as cluster:
        yield cluster


def container(code: str, name: str = "main") -> Body:
    return {"name": name, "image": f"{PYTHON}:1", "command": ["python", "-u", "-c", code]}


def job(code: str, *first: Body, **more: Any) -> Body:
    spec: Body = {"restartPolicy": "Never", "initContainers": list(first), "containers": [container(code)]}
    return {"spec": {"backoffLimit": 0, "template": {"spec": spec}, **more}}


def ref(live: LiveNamespace, kind: str, name: str) -> Ref:
    return Ref({"Job": "batch/v1", "Deployment": "apps/v1"}.get(kind, "v1"), kind, live.name, name)


async def read(cluster: KubernetesCluster, of: Ref, **how: Any) -> list[LogLine]:
    return [line async for line in cluster.logs(of, **how)]


async def has_ended(cluster: KubernetesCluster, of: Ref) -> None:
    async def ended() -> object:
        found = await cluster.list(of.api_version, of.kind, of.namespace)
        return found and found[0].health.finished is not None

    await eventually(ended, f"the end of {of}")


async def test_all_containers_of_all_pods_are_read(cluster: KubernetesCluster, live: LiveNamespace) -> None:
    rank = "import os; print('rank', os.environ['JOB_COMPLETION_INDEX']); print('done')"
    first = container("print('first')", "prepare")
    live.create("Job", "two", job(rank, first, completions=2, parallelism=2, completionMode="Indexed"))
    live.create("Job", "other", job("print('not this one')"))
    of = ref(live, "Job", "two")
    await has_ended(cluster, of)
    lines = await read(cluster, of)
    by_pod = {pod: [line.text for line in lines if line.pod == pod] for pod in {line.pod for line in lines}}
    assert sorted(by_pod.values()) == [["first", "rank 0", "done"], ["first", "rank 1", "done"]]
    assert [line.text for line in await read(cluster, of, tail=1)].count("done") == 2


async def test_what_is_written_is_followed_to_its_end(
    cluster: KubernetesCluster, live: LiveNamespace
) -> None:
    """From before there is a Pod; nothing is told twice."""
    slowly = "import time\nfor n in range(30): print(n); time.sleep(0.02)"
    live.create("Job", "slow", job(slowly))
    lines = await read(cluster, ref(live, "Job", "slow"), follow=True)
    assert [line.text for line in lines] == [str(n) for n in range(30)]


async def test_followed_logs_go_on_where_they_broke_off(live: LiveNamespace, tmp_path: Path) -> None:
    slowly = "import time\nfor n in range(150): print(n); time.sleep(0.02)"
    live.create("Job", "slow", job(slowly))
    async with faulty_proxy(live.plane, tmp_path) as proxy:
        proxy.next("GET", "/log.*follow", cut_after(1000), cut_after(2000))
        cluster = cluster_at(proxy.kubeconfig)
        lines = await read(cluster, ref(live, "Job", "slow"), follow=True)
        await cluster.close()
        assert len(proxy.asked("GET", "/log.*follow")) >= 3
        assert proxy.asked("GET", "sinceTime")
    assert [line.text for line in lines] == [str(n) for n in range(150)]


def cut_after(count: int) -> Any:
    """Passed on for so many bytes, then hung up."""

    async def fault(request: Any, pass_on: Pass) -> Any:
        transport, written = request.transport, 0
        write = transport.write

        def counted(data: bytes) -> None:
            nonlocal written
            written += len(data)
            if written < 300 + count:
                write(data)
            else:
                transport.abort()

        transport.write = counted
        return await pass_on()

    return fault


async def test_pods_of_an_owner_of_owners_are_found(cluster: KubernetesCluster, live: LiveNamespace) -> None:
    live.create("ConfigMap", "parent", {"data": {}})
    uid = live.get("ConfigMap", "parent")["metadata"]["uid"]
    owner = {"apiVersion": "v1", "kind": "ConfigMap", "name": "parent", "uid": uid}
    live.create("Job", "child", {**job("print('mine')"), "metadata": {"ownerReferences": [owner]}})
    live.create("Job", "stranger", job("print('not mine')"))
    for name in ("child", "stranger"):
        await has_ended_named(cluster, live, name)
    assert [line.text for line in await read(cluster, ref(live, "ConfigMap", "parent"))] == ["mine"]


async def has_ended_named(cluster: KubernetesCluster, live: LiveNamespace, name: str) -> None:
    async def ended() -> object:
        status = live.get("Job", name).get("status", {})
        return status.get("succeeded")

    await eventually(ended, f"the end of {name}")


async def test_what_is_not_there_has_no_log(cluster: KubernetesCluster, live: LiveNamespace) -> None:
    assert await read(cluster, ref(live, "Job", "nothing")) == []
    assert await read(cluster, ref(live, "Job", "nothing"), follow=True) == []
