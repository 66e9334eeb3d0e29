"""A fake engine for laws about the reconciler: objects in a dict, Jobs that end as a script says, crashes on request.

It exists because a law must try thousands of histories; what it claims of an engine is claimed of the real ones by the
contract tests.
"""

from __future__ import annotations

import asyncio
import copy
import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from trimtab.compiler.bundle import Ref
from trimtab.compiler.canonical import digest
from trimtab.reconciler.cluster import (
    AlreadyExists,
    Change,
    ClusterInfo,
    Conflict,
    Event,
    Happening,
    Health,
    HeldBy,
    Lacking,
    Lease,
    LogLine,
    Observed,
    Rejected,
    Stale,
    told_content,
)
from trimtab.reconciler.rights import Right


class Crash(BaseException):
    """The writer is killed here."""


class FreeLease:
    def valid(self) -> bool:
        return True

    async def release(self) -> None:
        pass


@dataclass
class Live:
    body: dict[str, Any]
    uid: str
    revision: int
    own: dict[str, Any] | None
    health: Health = field(default_factory=Health)
    is_taken: bool = False
    """Somebody else has changed a field of ours."""


Ending = Callable[[Mapping[str, Any]], Health]


def _no_ending(body: Mapping[str, Any]) -> Health:
    return Health(ready=False)


@dataclass
class SimulatedCluster:
    """`ending` says how a created Job stands at once. `started` lists every workload ever created, by name."""

    ending: Ending = _no_ending
    crash_at: int = -1
    """Index of the write at which the writer is killed; even: before it takes effect, odd: after."""
    objects: dict[Ref, Live] = field(default_factory=dict)
    started: list[str] = field(default_factory=list)
    writes: int = 0
    written: list[str] = field(default_factory=list)
    """What was applied, created and deleted, in order: `apply Deployment/web`, `force ...`."""
    clock: int = 0
    listeners: list[asyncio.Queue[Event]] = field(default_factory=list)

    def _before(self) -> None:
        if self.writes * 2 == self.crash_at:
            raise Crash

    def _after(self) -> None:
        self.writes += 1
        if self.writes * 2 - 1 == self.crash_at:
            raise Crash

    def _observed(self, ref: Ref, live: Live) -> Observed:
        metadata = live.body["metadata"]
        return Observed(
            ref=ref,
            uid=live.uid,
            revision=str(live.revision),
            generation=1,
            own=digest(live.own) if live.own is not None else "",
            labels=metadata.get("labels", {}),
            annotations=metadata.get("annotations", {}),
            deleting=False,
            health=live.health,
            body=copy.deepcopy(told_content(ref, metadata.get("labels", {}), live.body)),
        )

    def _store(self, ref: Ref, body: Mapping[str, Any], own: dict[str, Any] | None) -> Observed:
        self.clock += 1
        known = self.objects.get(ref)
        uid = known.uid if known else f"uid-{self.clock}"
        health = known.health if known else Health()
        self.objects[ref] = Live(copy.deepcopy(dict(body)), uid, self.clock, own, health)
        return self._tell(ref, Change.MODIFIED if known else Change.ADDED)

    def _tell(self, ref: Ref, change: Change) -> Observed:
        observed = self._observed(ref, self.objects[ref])
        for queue in self.listeners:
            queue.put_nowait(Event(change, observed))
        return observed

    async def inspect(self) -> ClusterInfo:
        return ClusterInfo("cluster-1", "simulated", (), ())

    async def list(
        self, api_version: str, kind: str, namespace: str = "", selector: Mapping[str, str] | None = None
    ) -> Sequence[Observed]:
        return [
            self._observed(r, o)
            for r, o in self.objects.items()
            if (r.api_version, r.kind) == (api_version, kind)
        ]

    async def watch(
        self, kinds: Sequence[tuple[str, str]], namespace: str = "", selector: Mapping[str, str] | None = None
    ) -> AsyncIterator[Event]:
        queue: asyncio.Queue[Event] = asyncio.Queue()
        for ref, live in list(self.objects.items()):
            queue.put_nowait(Event(Change.ADDED, self._observed(ref, live)))
        queue.put_nowait(Event(Change.SYNCED, None))
        self.listeners.append(queue)
        try:
            while True:
                event = await queue.get()
                if event.observed is None or event.observed.ref[:2] in kinds:
                    yield event
        finally:
            self.listeners.remove(queue)

    async def create(self, body: Mapping[str, Any]) -> Observed | AlreadyExists | Rejected:
        self._before()
        ref = ref_of(body)
        if ref in self.objects:
            return AlreadyExists(ref)
        self.written.append(f"create {ref}")
        observed = self._store(ref, body, None)
        if ref.kind == "Job":
            self.started.append(ref.name)
            self.objects[ref].health = self.ending(body)
            observed = self._tell(ref, Change.MODIFIED)
        self._after()
        return observed

    async def apply(
        self, body: Mapping[str, Any], *, force: bool = False, dry_run: bool = False, uid: str = ""
    ) -> Observed | Conflict | Stale | Rejected:
        ref = ref_of(body)
        known = self.objects.get(ref)
        if uid and (known is None or known.uid != uid):
            return Stale(ref)
        if known is not None and known.is_taken and not force:
            return Conflict("somebody", (("spec",),))
        if dry_run:
            live = Live(dict(body), known.uid if known else "", self.clock, dict(body))
            return self._observed(ref, live)
        self._before()
        self.written.append(f"{'force' if force else 'apply'} {ref}")
        merged = {**dict(body), "status": known.body.get("status", {})} if known else body
        observed = self._store(ref, merged, copy.deepcopy(dict(body)))
        self._after()
        return observed

    async def apply_new(
        self, body: Mapping[str, Any], *, dry_run: bool = False
    ) -> Observed | AlreadyExists | Rejected:
        ref = ref_of(body)
        known = self.objects.get(ref)
        if known is not None:
            return AlreadyExists(ref, self._observed(ref, known))
        answer = await self.apply(body, dry_run=dry_run)
        assert not isinstance(answer, Conflict | Stale)
        return answer

    async def replace(self, body: Mapping[str, Any], *, revision: str) -> Observed | Stale | Rejected:
        ref = ref_of(body)
        """As somebody else would write it."""
        own = {**(self.objects[ref].own or {}), "changed-by": revision}
        observed = self._store(ref, body, own)
        self.objects[ref].is_taken = True
        return observed

    async def set_status(
        self, ref: Ref, status: Mapping[str, Any], *, revision: str
    ) -> Observed | Stale | Rejected:
        self._before()
        known = self.objects.get(ref)
        if known is None or str(known.revision) != revision:
            return Stale(ref)
        observed = self._store(ref, {**known.body, "status": json.loads(json.dumps(status))}, known.own)
        self._after()
        return observed

    async def delete(self, ref: Ref, *, uid: str, revision: str | None = None) -> Stale | None:
        self._before()
        known = self.objects.get(ref)
        if known is None or known.uid != uid:
            return Stale(ref)
        self.written.append(f"delete {ref}")
        self.remove(ref)
        self._after()
        return None

    def remove(self, ref: Ref) -> None:
        observed = self._observed(ref, self.objects.pop(ref))
        for queue in self.listeners:
            queue.put_nowait(Event(Change.DELETED, observed))

    def finish(self, ref: Ref, health: Health) -> None:
        self.clock += 1
        self.objects[ref] = replace(self.objects[ref], revision=self.clock, health=health)
        self._tell(ref, Change.MODIFIED)

    async def logs(
        self, ref: Ref, *, follow: bool = False, tail: int | None = None
    ) -> AsyncIterator[LogLine]:
        return
        yield

    async def events(self, namespace: str, ref: Ref | None = None) -> Sequence[Happening]:
        return []

    async def lacking(self, rights: Sequence[Right], namespace: str) -> Lacking:
        return Lacking("", ())

    async def make_namespace(self, body: Mapping[str, Any]) -> Observed | AlreadyExists:
        answer = await self.apply_new(body)
        assert not isinstance(answer, Rejected)
        return answer

    async def acquire(self, namespace: str, name: str, holder: str) -> Lease | HeldBy:
        return FreeLease()

    async def holder(self, namespace: str, name: str) -> HeldBy | None:
        return None

    async def close(self) -> None:
        pass


def ref_of(body: Mapping[str, Any]) -> Ref:
    metadata = body["metadata"]
    return Ref(body["apiVersion"], body["kind"], metadata.get("namespace", ""), metadata["name"])
