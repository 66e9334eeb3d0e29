"""The local engine as its users see it: a `Cluster` that talks to the engine host of one state directory.

The host is started when it is not there, and started again when it dies: what was asked is then asked once more, in
a form that can't happen twice. Leases and log files need no host.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import uuid
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from trimtab.compiler.bundle import Ref
from trimtab.reconciler.cluster import (
    FIELD_MANAGER,
    AlreadyExists,
    Change,
    ClusterInfo,
    ClusterUnavailable,
    Conflict,
    Event,
    Happening,
    HeldBy,
    Lacking,
    Lease,
    LogLine,
    Observed,
    Rejected,
    Stale,
)
from trimtab.reconciler.local import leases, starting
from trimtab.reconciler.local.connection import Connection, Lost
from trimtab.reconciler.local.objects import Body, ref_of
from trimtab.reconciler.local.places import Places
from trimtab.reconciler.rights import Right

log = logging.getLogger(__name__)


class LocalCluster:
    """Implements `Cluster`. Use `connect()` to start early; the first call does it otherwise."""

    def __init__(self, state_directory: Path, manager: str = FIELD_MANAGER) -> None:
        self.places: Final = Places.of(state_directory)
        self.manager: Final = manager
        self._connection: Connection | None = None
        self._connecting = asyncio.Lock()
        self._closed = False

    async def connect(self) -> None:
        await self._connected()

    async def close(self) -> None:
        self._closed = True
        if self._connection is not None:
            await self._connection.close()
            self._connection = None

    async def inspect(self) -> ClusterInfo:
        info: ClusterInfo = await self._ask("inspect")
        return info

    async def list(
        self, api_version: str, kind: str, namespace: str = "", selector: Mapping[str, str] | None = None
    ) -> Sequence[Observed]:
        found: Sequence[Observed] = await self._ask(
            "list", api_version=api_version, kind=kind, namespace=namespace, selector=selector
        )
        return found

    async def read(self, ref: Ref) -> Body | None:
        """The whole object, for people: what `kubectl get -o yaml` would show."""
        body: Body | None = await self._ask("read", ref=ref)
        return body

    async def watch(
        self, kinds: Sequence[tuple[str, str]], namespace: str = "", selector: Mapping[str, str] | None = None
    ) -> AsyncGenerator[Event, None]:
        """Goes on across restarts of the host: what changed meanwhile is told as if nothing had happened."""
        asked = {"kinds": list(kinds), "namespace": namespace, "selector": selector}
        memory = Memory()
        while not self._closed:
            connection = await self._connected()
            with contextlib.suppress(Lost):
                async with contextlib.aclosing(connection.watch(asked)) as events:
                    async for event in events:
                        for told in memory.told(event):
                            yield told
            memory.interrupted()

    async def create(self, body: Mapping[str, Any]) -> Observed | AlreadyExists | Rejected:
        answer: Observed | AlreadyExists | Rejected = await self._ask(
            "create", body=body, uid=str(uuid.uuid4())
        )
        return answer

    async def apply(
        self, body: Mapping[str, Any], *, force: bool = False, dry_run: bool = False, uid: str = ""
    ) -> Observed | Conflict | Stale | Rejected:
        answer: Observed | Conflict | Stale | Rejected = await self._ask(
            "apply", body=body, force=force, dry_run=dry_run, uid=uid
        )
        return answer

    async def apply_new(
        self, body: Mapping[str, Any], *, dry_run: bool = False
    ) -> Observed | AlreadyExists | Rejected:
        ref = ref_of(body)
        while True:
            answer: Observed | AlreadyExists | Rejected = await self._ask(
                "apply_new", body=body, dry_run=dry_run
            )
            if not isinstance(answer, AlreadyExists):
                return answer
            live = await self.list(ref.api_version, ref.kind, ref.namespace)
            there = next((observed for observed in live if observed.ref == ref), None)
            if there is not None:
                return replace(answer, observed=there)

    async def replace(self, body: Mapping[str, Any], *, revision: str) -> Observed | Stale | Rejected:
        answer: Observed | Stale | Rejected = await self._ask("replace", body=body, revision=revision)
        return answer

    async def set_status(
        self, ref: Ref, status: Mapping[str, Any], *, revision: str
    ) -> Observed | Stale | Rejected:
        answer: Observed | Stale | Rejected = await self._ask(
            "set_status", ref=ref, status=status, revision=revision
        )
        return answer

    async def delete(self, ref: Ref, *, uid: str, revision: str | None = None) -> Stale | None:
        answer: Stale | None = await self._ask("delete", ref=ref, uid=uid, revision=revision)
        return answer

    def logs(self, ref: Ref, *, follow: bool = False, tail: int | None = None) -> AsyncIterator[LogLine]:
        from trimtab.reconciler.local import logs  # only those who read logs pay for it

        async def look() -> logs.Listing:
            found = await self._ask("containers", ref=ref)
            return logs.Listing([logs.Written(*pod) for pod in found["pods"]], found["over"])

        return logs.lines(self.places, ref, look, follow=follow, count=tail)

    async def events(self, namespace: str, ref: Ref | None = None) -> Sequence[Happening]:
        found: Sequence[Happening] = await self._ask("events", namespace=namespace, ref=ref)
        return found

    async def lacking(self, rights: Sequence[Right], namespace: str) -> Lacking:
        """Whoever owns this folder may do all that this engine can."""
        return Lacking("", ())

    async def make_namespace(self, body: Mapping[str, Any]) -> Observed | None:
        """A Lease of this machine is a file, which lies in none."""
        return None

    async def acquire(self, namespace: str, name: str, holder: str) -> Lease | HeldBy:
        return leases.acquire(self.places.leases, f"{namespace}.{name}", holder)

    async def holder(self, namespace: str, name: str) -> HeldBy | None:
        return leases.holder(self.places.leases, f"{namespace}.{name}")

    async def _connected(self, *, renew: bool = False) -> Connection:
        async with self._connecting:
            if self._closed:
                raise ClusterUnavailable("this connection to the local engine is closed")
            if self._connection is None or not self._connection.alive:
                first = self._connection is None
                if self._connection is not None:
                    await self._connection.close()
                self._connection = await starting.reach(self.places, self.manager, renew=first)
                await _pass_on_notes(self._connection)
            return self._connection

    async def _ask(self, verb: str, **asked: Any) -> Any:
        """Once more if the host dies over it. The second question says `again`: done already is then done."""
        connection = await self._connected()
        try:
            return await connection.ask(verb, {**asked, "again": False})
        except Lost:
            connection = await self._connected()
        try:
            return await connection.ask(verb, {**asked, "again": True})
        except Lost:
            raise ClusterUnavailable(
                f"the engine host of {self.places.state} broke off twice over this: see {self.places.log}"
            ) from None


async def _pass_on_notes(connection: Connection) -> None:
    """What happened to the engine is said once: the host forgets it when a client has told it."""
    notes = connection.greeting["notes"]
    for note in notes:
        log.warning(note)
    if notes:
        await connection.ask("noted", {})


class Memory:
    """What a watch has told of, so that after an interruption it tells the difference and nothing else."""

    def __init__(self) -> None:
        self._known: dict[Ref, Observed] = {}
        self._seen: set[Ref] | None = None  # while a list is told again
        self._synced = False

    def interrupted(self) -> None:
        self._seen = set()

    def told(self, event: Event) -> Iterator[Event]:
        if event.observed is None:
            yield from self._listed()
            return
        ref, known = event.observed.ref, self._known.get(event.observed.ref)
        if event.change is Change.DELETED:
            self._known.pop(ref, None)
            yield event
            return
        self._known[ref] = event.observed
        if self._seen is not None:
            self._seen.add(ref)
        if known is None or known.uid != event.observed.uid:
            if known is not None:
                yield Event(Change.DELETED, known)
            yield Event(Change.ADDED, event.observed)
        elif known != event.observed:
            yield Event(Change.MODIFIED, event.observed)

    def _listed(self) -> Iterator[Event]:
        for ref in [] if self._seen is None else [ref for ref in self._known if ref not in self._seen]:
            yield Event(Change.DELETED, self._known.pop(ref))
        self._seen = None
        if not self._synced:
            self._synced = True
            yield Event(Change.SYNCED, None)
