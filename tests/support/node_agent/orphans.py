"""Pods whose node is gone: marked and deleted as Kubernetes' own collector does, without its 40 seconds of patience."""

from __future__ import annotations

import time
from collections.abc import Iterable

from node_agent.api import STRATEGIC, Api, Body, Refused, path
from node_agent.pod_status import OVER
from trimtab.reconciler.local.objects import timestamp

MESSAGE = "PodGC: node no longer exists"


async def collect(api: Api, pods: Iterable[Body]) -> None:
    for pod in pods:
        metadata = pod["metadata"]
        where = path("v1", "pods", metadata["namespace"], metadata["name"])
        if pod.get("status", {}).get("phase") not in OVER:
            await _mark(api, where, metadata["uid"])
        await api.delete(where, grace=0, uid=metadata["uid"])


async def _mark(api: Api, where: str, uid: str) -> None:
    condition = {
        "type": "DisruptionTarget",
        "status": "True",
        "reason": "DeletionByPodGC",
        "message": MESSAGE,
        "lastTransitionTime": timestamp(time.time()),
    }
    status = {"phase": "Failed", "conditions": [condition]}
    try:
        await api.patch(f"{where}/status", {"metadata": {"uid": uid}, "status": status}, STRATEGIC)
    except Refused as refused:
        if refused.code not in (404, 409):
            raise
