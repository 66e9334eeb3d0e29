"""All that is watched of one namespace (or all of them) by one selector: a feed a kind, and the Pods beside them.

Feeds begin with the first who listens and end with the last.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from typing import Any, Final

from trimtab.reconciler.cluster import ClusterUnavailable, Observed
from trimtab.reconciler.kubernetes.feed import Feed, Listener, PodFeed
from trimtab.reconciler.kubernetes.pods import Owner, Pods
from trimtab.reconciler.kubernetes.table import OWNERS_OF_PODS
from trimtab.reconciler.kubernetes.watching import Habits, Refused, Sink, Watch

log = logging.getLogger(__name__)

POD = ("v1", "Pod")
PATIENCE_SECONDS = 1.0
_KIND_OF_OWNER = {kind: (version, kind) for version, kind in OWNERS_OF_PODS}


class Scope:
    """`pods_selector` is what the Pods of selected owners carry."""

    def __init__(
        self, habits: Habits, manager: str, namespace: str, selector: str, pods_selector: str
    ) -> None:
        self._habits, self._manager = habits, manager
        self._namespace, self._selector, self._pods_selector = namespace, selector, pods_selector
        self._feeds: dict[tuple[str, str], Feed] = {}
        self._tasks: dict[tuple[str, str], asyncio.Task[None]] = {}
        self._pods: Final = Pods()
        self._pods_known = asyncio.Event()
        self._pod_feed: Final = PodFeed(self._pods, self._on_pods, self._pods_known.set)
        self._pods_task: asyncio.Task[None] | None = None
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
        if not self._feeds and self._pods_task is not None:
            self._pods_task.cancel()

    def _begin(self, kind: tuple[str, str]) -> None:
        feed = self._feeds[kind] = Feed(kind, self._manager, self._pods, self._look_for_ends)
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

    def _on_pods(self, owner: Owner) -> None:
        """Pods of a gang change together: what arrived together is told once."""
        if not self._changed:
            asyncio.get_running_loop().call_soon(self._refresh)
        self._changed[owner] = None

    def _refresh(self) -> None:
        changed, self._changed = self._changed, {}
        for owner in changed:
            feed = self._feeds.get(_KIND_OF_OWNER.get(owner.kind, ("", "")))
            if feed is not None:
                feed.refresh((owner.namespace, owner.name))

    async def _look_for_ends(self, job: Observed) -> None:
        """A list of its Pods, unless the watch has told all there was when the Job ended."""
        if self._pod_feed.revision >= int(job.revision) and self._pods.of(job.ref, job.uid):
            return
        pods = await self._pods_of_job(job)
        for pod in pods:
            self._pods.put(pod)

    async def _pods_of_job(self, job: Observed) -> Sequence[Mapping[str, Any]]:
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
