"""All that is watched of one namespace (or all of them) by one selector: a feed a kind, and beside them what their
objects own: Pods, and places in queues where something stands in one.

Feeds begin with the first who listens and end with the last.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from typing import Any, Final

from trimtab.reconciler.cluster import ClusterUnavailable, Observed
from trimtab.reconciler.health.queues import KUEUE
from trimtab.reconciler.kubernetes.feed import Feed, Listener, OwnedFeed
from trimtab.reconciler.kubernetes.owned import Owned, Owner
from trimtab.reconciler.kubernetes.table import OWNERS_OF_PODS
from trimtab.reconciler.kubernetes.watching import Habits, Refused, Sink, Watch

log = logging.getLogger(__name__)

POD = ("v1", "Pod")
QUEUE_VERSIONS = ("v1beta2", "v1beta1")
PATIENCE_SECONDS = 1.0


class Scope:
    """`pods_selector` is what the Pods of selected owners carry."""

    def __init__(
        self, habits: Habits, manager: str, namespace: str, selector: str, pods_selector: str
    ) -> None:
        self._habits, self._manager = habits, manager
        self._namespace, self._selector, self._pods_selector = namespace, selector, pods_selector
        self._feeds: dict[tuple[str, str], Feed] = {}
        self._tasks: dict[tuple[str, str], asyncio.Task[None]] = {}
        self._owned: Final = Owned()
        self._pods_known = asyncio.Event()
        self._pod_feed: Final = OwnedFeed(POD, self._owned, self._on_owned, self._pods_known.set)
        self._pods_task: asyncio.Task[None] | None = None
        self._queues_task: asyncio.Task[None] | None = None
        self._changed: dict[Owner, None] = {}

    @property
    def is_idle(self) -> bool:
        return not self._feeds

    def join(self, kinds: Sequence[tuple[str, str]], listener: Listener) -> None:
        for kind in dict.fromkeys(kinds):
            if kind not in self._feeds:
                self._begin(kind)
            self._feeds[kind].join(listener)

    def leave(self, listener: Listener) -> None:
        for feed in list(self._feeds.values()):
            feed.leave(listener)
            if not feed.listeners:
                self._drop(feed)
        if not self._feeds:
            for task in (self._pods_task, self._queues_task):
                if task is not None:
                    task.cancel()

    def _begin(self, kind: tuple[str, str]) -> None:
        feed = self._feeds[kind] = Feed(kind, self._manager, self._owned, self)
        if kind in OWNERS_OF_PODS and self._pods_task is None:
            watch = self._watch(POD, self._pod_feed, self._pods_selector)
            self._pods_task = asyncio.create_task(watch.run())
            self._pods_task.add_done_callback(self._on_end_of_pods)
        task = self._tasks[kind] = asyncio.create_task(self._follow(feed))
        task.add_done_callback(lambda ended: self._on_end(feed, ended))

    def _drop(self, feed: Feed) -> None:
        if self._feeds.get(feed.kind) is feed:
            self._tasks.pop(feed.kind).cancel()
            del self._feeds[feed.kind]

    async def _follow(self, feed: Feed) -> None:
        """An owner is first told of when its Pods are known: else a Job that has ended would have no last words."""
        if feed.kind in OWNERS_OF_PODS:
            await self._pods_known.wait()
        await self._watch(feed.kind, feed, self._selector).run()

    def _watch(self, kind: tuple[str, str], sink: Sink, selector: str) -> Watch:
        return Watch(self._habits, kind, sink, self._namespace, selector)

    def _on_end(self, feed: Feed, task: asyncio.Task[None]) -> None:
        error = None if task.cancelled() else task.exception()
        if isinstance(error, Exception):
            self._drop(feed)
            feed.fail(error)

    def _on_end_of_pods(self, task: asyncio.Task[None]) -> None:
        error = None if task.cancelled() else task.exception()
        self._pods_known.set()
        if isinstance(error, Refused):
            log.warning("Jobs and Deployments are told of without their Pods: %s", error)
        elif isinstance(error, Exception):
            for kind in OWNERS_OF_PODS & self._feeds.keys():
                self._feeds[kind].fail(error)

    def watch_queues(self) -> None:
        """All places in queues, since nobody has labelled them; what is kept of each is little."""
        if self._queues_task is None:
            self._queues_task = asyncio.create_task(self._follow_queues())

    async def _follow_queues(self) -> None:
        try:
            served = await self._habits.discovery.resources()
            versions = [f"{KUEUE}/{version}" for version in QUEUE_VERSIONS]
            version = next((v for v in versions if (v, "Workload") in served), versions[0])
            feed = OwnedFeed((version, "Workload"), self._owned, self._on_owned, lambda: None)
            await self._watch(feed.kind, feed, "").run()
        except (Refused, ClusterUnavailable) as error:
            log.warning("what stands in a queue is told of without its place: %s", error)

    def _on_owned(self, owner: Owner) -> None:
        """Pods of a gang change together: what arrived together is told once."""
        if not self._changed:
            asyncio.get_running_loop().call_soon(self._refresh)
        self._changed[owner] = None

    def _refresh(self) -> None:
        changed, self._changed = self._changed, {}
        for owner in changed:
            for feed in list(self._feeds.values()):
                if feed.kind[1] == owner.kind:
                    feed.refresh((owner.namespace, owner.name))

    async def look_for_ends(self, job: Observed) -> None:
        """A list of its Pods, unless the watch has told all there was when the Job ended."""
        if self._pod_feed.revision >= int(job.revision) and self._owned.of(job.ref, job.uid):
            return
        for pod in await self._pods_of(job):
            self._owned.put({**pod, "kind": "Pod"})

    async def _pods_of(self, job: Observed) -> Sequence[Mapping[str, Any]]:
        path = f"/api/v1/namespaces/{job.ref.namespace}/pods"
        params = {"labelSelector": f"batch.kubernetes.io/controller-uid={job.uid}"}
        while True:
            try:
                answer = await self._habits.connection.request("GET", path, params=params)
            except ClusterUnavailable:
                await asyncio.sleep(PATIENCE_SECONDS)  # its last words are worth waiting for
            else:
                found: Sequence[Mapping[str, Any]] = answer.json()["items"] if answer.ok else ()
                return found
