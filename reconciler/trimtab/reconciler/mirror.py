"""The reconciler's picture of the live system, kept by one watch: no requests, no polling.

Writes are noted from their own answers, so that a plan never acts on a state older than its last write; an event
that is older than what is known changes nothing; one of the same age may tell of another health.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from trimtab.compiler.bundle import Bundle, Ref
from trimtab.reconciler import applied, ledger, system
from trimtab.reconciler.applied import Kept
from trimtab.reconciler.cluster import MEMORY, Change, Cluster, Event, Observed
from trimtab.reconciler.desired import system_ref
from trimtab.reconciler.ledger import API_VERSION, SYSTEM_LABEL, Record
from trimtab.reconciler.state import SystemRecord

GONE = 1000
"""Objects whose end is remembered: for longer than an answer takes, and not for ever."""


class Mirror:
    """What is known of one system's objects. `changed` is set by each event that told something new."""

    def __init__(self, cluster: Cluster, bundle: Bundle) -> None:
        self.changed = asyncio.Event()
        self.known: Sequence[Kept] = ()
        """Bundles that were kept or read before."""
        self._cluster = cluster
        self._bundle = bundle
        self._objects: dict[Ref, Observed] = {}
        self._records: dict[str, Record] = {}
        self._kept: dict[Ref, Observed] = {}
        self._gone: dict[str, int] = {}
        """uid -> the revision at which it left the selection."""
        self._applied: tuple[Kept, ...] | None = ()
        self._system: tuple[Observed, SystemRecord] | None = None
        self._synced = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    @property
    def objects(self) -> dict[Ref, Observed]:
        return dict(self._objects)

    @property
    def records(self) -> dict[str, Record]:
        return dict(self._records)

    @property
    def applied(self) -> tuple[Kept, ...]:
        """The bundles that are kept in the cluster; read anew when a part has come or gone."""
        if self._applied is None:
            self._applied = applied.read(self._kept.values(), self.known)
        return self._applied

    @property
    def system(self) -> SystemRecord | None:
        observed = self._objects.get(system_ref(self._bundle))
        if observed is None:
            return None
        if self._system is None or self._system[0] is not observed:
            self._system = (observed, system.record_of(observed))
        return self._system[1]

    async def start(self, kinds: Sequence[tuple[str, str]]) -> None:
        """Returns when the first list is complete; a watch that ends is an error of whoever waits."""
        self._task = asyncio.create_task(self._follow(kinds))
        synced = asyncio.create_task(self._synced.wait())
        try:
            await asyncio.wait({self._task, synced}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            synced.cancel()
        self.check()

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def check(self) -> None:
        """Raise what ended the watch, if it has ended."""
        if self._task is not None and self._task.done():
            self._task.result()

    async def wait(self, seconds: float | None) -> bool:
        """Until something changed (True), the watch ended (raises) or the time is up (False)."""
        if self._task is None:
            return False
        change = asyncio.create_task(self.changed.wait())
        await asyncio.wait({change, self._task}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        change.cancel()
        self.check()
        news = self.changed.is_set()
        self.changed.clear()
        return news

    def note(self, observed: Observed) -> None:
        """What a write answered. A watch may have told of it already, and knew the health of its Pods too; or of its end."""
        if int(observed.revision) <= self._gone.get(observed.uid, -1):
            return
        known = self._objects.get(observed.ref)
        if known is None or int(known.revision) < int(observed.revision):
            self._take(observed)

    def forget(self, ref: Ref, uid: str) -> None:
        """A write has found another object in its place, or none. A watch tells of that later, or never: not of what lost
        its labels, nor while it is broken."""
        known = self._objects.get(ref)
        if known is not None and known.uid == uid:
            self._forget(known)

    def _take(self, observed: Observed) -> None:
        if MEMORY in observed.labels:
            self._kept[observed.ref], self._applied = observed, None
            observed = replace(observed, body=None)
        elif self._kept.pop(observed.ref, None) is not None:
            self._applied = None
        self._objects[observed.ref] = observed
        if observed.ref.kind == "Run" and observed.ref.api_version == API_VERSION and observed.body:
            record = ledger.from_body(observed.body, observed.uid, observed.revision)
            self._records[record.name] = record
        self.changed.set()

    def _forget(self, gone: Observed) -> None:
        """It left the selection, which a write may have brought it back into since."""
        self._gone[gone.uid] = int(gone.revision)
        if len(self._gone) > GONE:
            del self._gone[next(iter(self._gone))]
        known = self._objects.get(gone.ref)
        if known is None or known.uid != gone.uid or int(known.revision) > int(gone.revision):
            return
        del self._objects[gone.ref]
        if self._kept.pop(gone.ref, None) is not None:
            self._applied = None
        if gone.ref.kind == "Run":
            self._records.pop(gone.ref.name, None)
        self.changed.set()

    async def _follow(self, kinds: Sequence[tuple[str, str]]) -> None:
        selector = {SYSTEM_LABEL: self._bundle.system}
        async for event in self._cluster.watch(kinds, self._bundle.namespace, selector):
            self._on(event)

    def _on(self, event: Event) -> None:
        if event.change is Change.SYNCED:
            self._synced.set()
        elif event.observed is None or not self._is_ours(event.observed.ref):
            return
        elif event.change is Change.DELETED:
            self._forget(event.observed)
        else:
            self._hear(event.observed)

    def _hear(self, observed: Observed) -> None:
        """What a watch told: an object's health may change, with that of its Pods, while its revision stays."""
        known = self._objects.get(observed.ref)
        if known is not None:
            age = int(known.revision) - int(observed.revision)
            if age == 0 and known == observed:
                self._objects[observed.ref] = observed  # the watch holds this one anyway
            if age > 0 or (age == 0 and known.health == observed.health):
                return
        self._take(observed)

    def _is_ours(self, ref: Ref) -> bool:
        return ref.namespace in {"", self._bundle.namespace}


def kinds_of(bundle: Bundle) -> tuple[tuple[str, str], ...]:
    """Every kind this system may have objects of: one watch covers them all."""
    refs = [m.ref for m in bundle.manifests] + [m.ref for run in bundle.runs for m in run.workload]
    ours = {(API_VERSION, "MLSystem"), (API_VERSION, "Run"), ("batch/v1", "Job"), ("v1", "Service")}
    return tuple(sorted({(ref.api_version, ref.kind) for ref in refs} | ours | ALWAYS))


def served_as(kind: tuple[str, str], served: Sequence[tuple[str, str]]) -> tuple[str, str] | None:
    """The same kind in a version that is served, its own where that is; None where there is none. An object outlives the
    version that it was written in. Where nothing is said to be served, all may be."""
    if kind in served or not served:
        return kind
    group = kind[0].rpartition("/")[0]
    return next((k for k in served if (k[0].rpartition("/")[0], k[1]) == (group, kind[1])), None)


MEMORY_KINDS = ((API_VERSION, "MLSystem"), (API_VERSION, "Run"), ("v1", "ConfigMap"))
"""Where a system's memory lies: what serves, what has run, the bundles that are kept."""

ALWAYS = frozenset(
    {
        ("apps/v1", "Deployment"),
        ("autoscaling/v2", "HorizontalPodAutoscaler"),
        ("networking.k8s.io/v1", "NetworkPolicy"),
        ("policy/v1", "PodDisruptionBudget"),
        ("v1", "ConfigMap"),
        ("v1", "PersistentVolumeClaim"),
        ("v1", "ServiceAccount"),
    }
)
"""Kinds an earlier spec may have left behind: what is not watched can't be pruned."""
