"""Owners of Pods stay, being deleted, until their Pods are gone; what owns none goes at once."""

from __future__ import annotations

from typing import Any

import pytest
from cluster_access import client
from engines import eventually, find
from node_agent.fixtures import PYTHON
from node_agent.live_namespace import LiveNamespace

from trimtab.compiler.bundle import Ref

STUBBORN = "import signal, time; signal.signal(15, lambda *_: None); print('up', flush=True); time.sleep(600)"


@pytest.mark.parametrize("kind", ["Job", "Deployment"])
async def test_an_owner_waits_for_its_pods(live: LiveNamespace, kind: str) -> None:
    """The process ignores that it is to stop, so its Pod takes all of its grace."""
    container = {"name": "main", "image": f"{PYTHON}:1", "command": ["python", "-c", STUBBORN]}
    spec: dict[str, Any] = {"containers": [container], "terminationGracePeriodSeconds": 2}
    if kind == "Job":
        ref = Ref("batch/v1", "Job", live.name, "one")
        body: dict[str, Any] = {"template": {"spec": {**spec, "restartPolicy": "Never"}}}
    else:
        ref = Ref("apps/v1", "Deployment", live.name, "one")
        labels = {"app": "one"}
        body = {
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": spec},
        }
    live.create(kind, "one", {"spec": body})

    async def is_up() -> object:
        pods = live.pods()
        return (
            pods
            and pods[0]["status"].get("phase") == "Running"
            and "up" in live.log(pods[0]["metadata"]["name"])
        )

    await eventually(is_up, "the Pod")
    async with client(live.plane) as cluster:
        found = await find(cluster, ref)
        assert found is not None
        assert await cluster.delete(ref, uid=found.uid) is None
        seen = []

        async def is_gone() -> bool:
            pods, left = live.pods(), await find(cluster, ref)
            seen.append((bool(pods), left is not None and left.deleting))
            return left is None

        await eventually(is_gone, f"the end of the {kind}")
    assert (True, True) in seen
    assert live.pods() == []
