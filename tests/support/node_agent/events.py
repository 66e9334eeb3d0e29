"""Events about Pods, as a kubelet sends them: each reason and message once a Pod."""

from __future__ import annotations

import asyncio
import logging
import time

from node_agent.api import Api, Body, Refused, path
from trimtab.reconciler.local.objects import timestamp

log = logging.getLogger(__name__)

WARNINGS = frozenset({"Failed", "FailedMount", "BackOff", "Unhealthy", "Evicted", "FailedPreStopHook"})


class Events:
    """`say` returns at once; what can't be sent is dropped."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._said: dict[str, set[tuple[str, str]]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def say(self, pod: Body, reason: str, message: str) -> None:
        said = self._said.setdefault(pod["metadata"]["uid"], set())
        if (reason, message) not in said:
            said.add((reason, message))
            task = asyncio.create_task(self._send(_event(pod, reason, message)))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def forget(self, pod: Body) -> None:
        self._said.pop(pod["metadata"]["uid"], None)

    async def _send(self, event: Body) -> None:
        try:
            await self._api.post(path("v1", "events", event["metadata"]["namespace"]), event)
        except Refused as refused:
            log.info("event %s: %s", event["reason"], refused)


def _event(pod: Body, reason: str, message: str) -> Body:
    metadata, now = pod["metadata"], timestamp(time.time())
    return {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"generateName": f"{metadata['name']}.", "namespace": metadata["namespace"]},
        "involvedObject": {
            "apiVersion": "v1",
            "kind": "Pod",
            "namespace": metadata["namespace"],
            "name": metadata["name"],
            "uid": metadata["uid"],
        },
        "reason": reason,
        "message": message[:1000],
        "type": "Warning" if reason in WARNINGS else "Normal",
        "source": {"component": "kubelet", "host": pod["spec"]["nodeName"]},
        "reportingComponent": "kubelet",
        "reportingInstance": pod["spec"]["nodeName"],
        "firstTimestamp": now,
        "lastTimestamp": now,
        "count": 1,
    }
