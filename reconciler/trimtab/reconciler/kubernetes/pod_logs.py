"""What the containers of an object's Pods write: each Pod that it owns, directly or through its Jobs and ReplicaSets.

Followed logs go on where they broke off. Pods that are gone have no logs: a cluster keeps them no longer than the Pod.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import Any, NamedTuple

from trimtab.compiler.bundle import Ref
from trimtab.reconciler.cluster import ClusterUnavailable, LogLine
from trimtab.reconciler.health import health_of
from trimtab.reconciler.kubernetes import answers
from trimtab.reconciler.kubernetes.connection import Connection, Lost, Unexpected
from trimtab.reconciler.kubernetes.discovery import Discovery
from trimtab.reconciler.kubernetes.exchange import Params
from trimtab.reconciler.merged_lines import Lines, merged

Body = Mapping[str, Any]

LOOK_AGAIN_SECONDS = 2.0
"""Between looks for new Pods, and for containers that have not started, while logs are followed."""

_LEVELS = 3
"""A Pod's Job's JobSet's TrainJob: nobody builds higher."""


class Container(NamedTuple):
    pod: str
    uid: str
    name: str


class Reader:
    """The logs of one object."""

    def __init__(self, connection: Connection, discovery: Discovery, ref: Ref) -> None:
        self._connection, self._discovery, self._ref = connection, discovery, ref
        self._known_owners: dict[str, dict[str, Ref]] = {}

    async def lines(self, *, follow: bool, tail: int | None) -> AsyncGenerator[LogLine, None]:
        """Oldest Pods first; `tail` is of each container. Followed, in the order in which they come."""
        if follow:
            async with aclosing(merged(lambda queue: self._feed(queue, tail))) as followed:
                async for line in followed:
                    yield line
            return
        containers, _ = await self._look()
        for container in containers:
            async with aclosing(self._stream(container, _asked(container, tail))) as texts:
                async for text in texts:
                    yield LogLine(container.pod, text)

    async def _feed(self, queue: Lines, tail: int | None) -> None:
        known: set[Container] = set()
        over = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            while not over.is_set():
                containers, ended = await self._look()
                for container in (each for each in containers if each not in known):
                    known.add(container)
                    group.create_task(self._follow(container, queue, tail, over))
                if ended:
                    over.set()
                else:
                    await asyncio.sleep(LOOK_AGAIN_SECONDS)

    async def _follow(
        self,
        container: Container,
        queue: Lines,
        tail: int | None,
        over: asyncio.Event,
    ) -> None:
        """Until no more can come: through breaks, and restarts of the container."""
        params = {**_asked(container, tail), "follow": "true", "timestamps": "true"}
        last = resumed = ""
        while True:
            ended = over.is_set()
            with contextlib.suppress(Lost):
                async with aclosing(self._stream(container, params)) as texts:
                    async for text in texts:
                        last, _, line = text.partition(" ")
                        if last > resumed:
                            await queue.put(LogLine(container.pod, line))
                if ended:
                    return
            if last:
                resumed = last
                params = {
                    **_asked(container, None),
                    "follow": "true",
                    "timestamps": "true",
                    "sinceTime": last,
                }
            await asyncio.sleep(0 if over.is_set() else LOOK_AGAIN_SECONDS)

    async def _stream(self, container: Container, params: Params) -> AsyncGenerator[str, None]:
        """Nothing where the container has no log (yet)."""
        path = f"/api/v1/namespaces/{self._ref.namespace}/pods/{container.pod}/log"
        try:
            async with aclosing(self._connection.stream(path, params=params, accept="*/*")) as lines:
                async for line in lines:
                    yield line.decode(errors="replace")
        except Unexpected as other:
            if other.answer.status not in (400, 404):
                status = answers.status_of(other.answer)
                raise ClusterUnavailable(
                    f"the log of {container.pod} can't be read: {status.message}"
                ) from None

    async def _look(self) -> tuple[list[Container], bool]:
        """The containers that there are, and whether no more will come."""
        whole = await self._get(self._ref)
        if whole is None:
            return [], True
        if self._ref.kind == "Pod":
            pods = [whole]
        else:
            params = _selection(whole)
            listed = await self._ask(f"/api/v1/namespaces/{self._ref.namespace}/pods", params) or {}
            uid = whole["metadata"]["uid"]
            pods = [pod for pod in listed.get("items", ()) if await self._belongs(pod, uid)]
        pods.sort(key=lambda pod: (pod["metadata"]["creationTimestamp"], pod["metadata"]["name"]))
        containers = [
            Container(pod["metadata"]["name"], pod["metadata"]["uid"], each["name"])
            for pod in pods
            for field in ("initContainers", "containers")
            for each in pod["spec"].get(field) or ()
        ]
        return containers, health_of(whole, pods).finished is not None

    async def _belongs(self, pod: Body, uid: str) -> bool:
        above = _owners(pod, self._ref.namespace)
        for _ in range(_LEVELS):
            if uid in above:
                return True
            above = {
                up: ref for each, of in above.items() for up, ref in (await self._above(each, of)).items()
            }
        return False

    async def _above(self, uid: str, ref: Ref) -> dict[str, Ref]:
        if uid not in self._known_owners:
            self._known_owners[uid] = _owners(await self._get(ref) or {}, ref.namespace)
        return self._known_owners[uid]

    async def _get(self, ref: Ref) -> dict[str, Any] | None:
        resource = await self._discovery.resource(ref.api_version, ref.kind)
        return None if resource is None else await self._ask(resource.path(ref.namespace, ref.name))

    async def _ask(self, path: str, params: Params | None = None) -> dict[str, Any] | None:
        answer = await self._connection.request("GET", path, params=params)
        if answer.ok:
            body: dict[str, Any] = answer.json()
            return body
        if answer.status == 404:
            return None
        raise ClusterUnavailable(f"{path} can't be read: {answers.status_of(answer).message}")


def _owners(body: Body, namespace: str) -> dict[str, Ref]:
    """By their uid."""
    references = (body.get("metadata") or {}).get("ownerReferences") or ()
    return {
        each["uid"]: Ref(each["apiVersion"], each["kind"], namespace, each["name"]) for each in references
    }


def _selection(owner: Body) -> dict[str, str]:
    """Narrows the list where the owner itself says how its Pods are labelled; all Pods of the namespace otherwise."""
    labels = ((owner.get("spec") or {}).get("selector") or {}).get("matchLabels") or {}
    chosen = ",".join(f"{key}={value}" for key, value in sorted(labels.items()) if isinstance(value, str))
    return {"labelSelector": chosen} if chosen else {}


def _asked(container: Container, tail: int | None) -> dict[str, str]:
    params = {"container": container.name}
    return params if tail is None else {**params, "tailLines": str(tail)}
