"""The verbs on objects: what an API server does between a request and its store.

Each verb is one step without a pause, so nothing ever sees half of one; each change is told to the listeners after it
is committed. Clients and controllers write through here alike, under a manager's name. Nothing here starts a process.
"""

from __future__ import annotations

import copy
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from trimtab.compiler.bundle import Ref
from trimtab.reconciler.cluster import AlreadyExists, Conflict, Happening, Rejected, Stale
from trimtab.reconciler.local import server_side_apply as ssa
from trimtab.reconciler.local.admission import admit
from trimtab.reconciler.local.field_paths import same
from trimtab.reconciler.local.objects import Body, Stored, ref_of, timestamp
from trimtab.reconciler.local.store import Change, Store

GRACEFUL = frozenset({"Deployment", "Job", "Namespace", "Pod", "Service"})
"""Kinds whose deletion has an end of its own: processes to stop, dependents to wait for. A controller removes them."""

FIRST_PHASE = {"Namespace": "Active", "PersistentVolumeClaim": "Pending", "Pod": "Pending"}

Listener = Callable[[Change], None]


class Engine:
    def __init__(self, store: Store, clock: Callable[[], float] = time.time) -> None:
        self.store = store
        self._clock = clock
        self._listeners: list[Listener] = []
        self._troubled: list[Callable[[str], None]] = []

    def now(self) -> str:
        return timestamp(self._clock())

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Call `listener` with each change from now on; what is returned ends it."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def listen_for_trouble(self, listener: Callable[[str], None]) -> Callable[[], None]:
        """Call `listener` with a sentence whenever a controller can't write; what is returned ends it."""
        self._troubled.append(listener)
        return lambda: self._troubled.remove(listener)

    def trouble(self, sentence: str) -> None:
        """Whoever waits for news would wait for ever: what can't be written is never told."""
        for listener in tuple(self._troubled):
            listener(sentence)

    def create(self, body: Body, manager: str, uid: str = "") -> Stored | AlreadyExists | Rejected:
        """`uid` lets a caller that lost the answer ask again: what it finds under that uid is its own."""
        ref = ref_of(body)
        live = self.store.get(ref)
        if live is not None:
            return live if uid and live.uid == uid else AlreadyExists(ref)
        if refusal := admit(body, None, self._takes_objects):
            return refusal
        empty: Body = {"apiVersion": ref.api_version, "kind": ref.kind}
        result = ssa.replace(empty, {}, body, manager)
        return self._write(self._new(ref, result, uid))

    def apply(
        self, body: Body, manager: str, *, force: bool = False, dry_run: bool = False, uid: str = ""
    ) -> Stored | Conflict | Stale | Rejected:
        ref = ref_of(body)
        live = self.store.get(ref)
        if uid and (live is None or live.uid != uid):
            return Stale(ref)
        if live is None and (refusal := admit(body, None, self._takes_objects)):
            return refusal
        base = live.body if live else {}
        result = ssa.apply(base, live.managers if live else {}, body, manager, force=force)
        if isinstance(result, Conflict):
            return result
        wanted = self._new(ref, result) if live is None else _changed(live, result)
        if live is not None and (refusal := admit(wanted.body, live.body, self._takes_objects)):
            return refusal
        if dry_run:
            return live if live is not None and _unchanged(live, wanted) else wanted
        return self._write(wanted)

    def apply_new(
        self, body: Body, manager: str, *, dry_run: bool = False
    ) -> Stored | Conflict | AlreadyExists | Stale | Rejected:
        ref = ref_of(body)
        is_there = self.store.get(ref) is not None
        return AlreadyExists(ref) if is_there else self.apply(body, manager, dry_run=dry_run)

    def replace(
        self, body: Body, manager: str, *, revision: str, again: bool = False
    ) -> Stored | Stale | Rejected:
        """`again` says that the answer to the same request was lost: finding it done is success."""
        ref = ref_of(body)
        live = self.store.get(ref)
        uid = (body.get("metadata") or {}).get("uid")
        if live is None or (uid and uid != live.uid):
            return Stale(ref)
        result = ssa.replace(live.body, live.managers, body, manager)
        wanted = _changed(live, result)
        if live.revision != revision:
            return live if again and same(wanted.body, live.body) else Stale(ref)
        return admit(wanted.body, live.body, self._takes_objects) or self._write(wanted)

    def set_status(
        self, ref: Ref, status: Mapping[str, Any], *, revision: str | None = None, again: bool = False
    ) -> Stored | Stale | Rejected:
        """Controllers here leave `revision` out: each is the only writer of the status it writes."""
        live = self.store.get(ref)
        if live is None:
            return Stale(ref)
        wanted = live.with_status(status)
        if revision is not None and live.revision != revision:
            return live if again and same(wanted.body, live.body) else Stale(ref)
        return self._write(wanted)

    def delete(self, ref: Ref, uid: str, revision: str | None = None, *, again: bool = False) -> Stale | None:
        live = self.store.get(ref)
        if live is None or live.uid != uid:
            return None if again else Stale(ref)
        if revision is not None and live.revision != revision:
            return Stale(ref)
        if ref.kind not in GRACEFUL and not live.metadata.get("finalizers"):
            self.remove(ref)
        elif not live.deleting:
            self._commit([live.with_metadata(deletionTimestamp=self.now())])
        return None

    def remove(self, ref: Ref) -> None:
        """Take an object out for good: the last step of its deletion."""
        if self.store.get(ref) is not None:
            self._commit([ref])

    def say(self, ref: Ref, reason: str, message: str) -> None:
        self.store.record(Happening(ref, reason, message, 1, self.now()))

    def dependents(self, uid: str) -> list[Stored]:
        """What names the object of that uid as its owner."""
        return [
            s for s in self.store if any(o.get("uid") == uid for o in s.metadata.get("ownerReferences") or ())
        ]

    def _takes_objects(self, namespace: str) -> bool:
        found = self.store.get(Ref("v1", "Namespace", "", namespace))
        return found is not None and not found.deleting

    def _new(self, ref: Ref, result: ssa.Result, uid: str = "") -> Stored:
        identity = {
            "name": ref.name,
            **({"namespace": ref.namespace} if ref.namespace else {}),
            "uid": uid or str(uuid.uuid4()),
            "resourceVersion": "0",
            "generation": 1,
            "creationTimestamp": self.now(),
        }
        body = _assembled(ref, identity, result.content)
        phase = FIRST_PHASE.get(ref.kind)
        return Stored(ref, {**body, "status": {"phase": phase}} if phase else body, result.managers)

    def _write(self, wanted: Stored) -> Stored:
        live = self.store.get(wanted.ref)
        if live is not None and _unchanged(live, wanted):
            return live
        if live is not None and live.deleting and _is_released(wanted):
            self.remove(wanted.ref)
            return wanted
        return self._commit([wanted])[0].new

    def _commit(self, writes: Sequence[Stored | Ref]) -> list[Change]:
        changes = self.store.commit(writes)
        for change in changes:
            for listener in tuple(self._listeners):
                listener(change)
        return changes


def _is_released(wanted: Stored) -> bool:
    """Its last finalizer was taken away, and no controller has a say in its end."""
    return wanted.ref.kind not in GRACEFUL and not wanted.metadata.get("finalizers")


def _assembled(ref: Ref, identity: Body, content: Body) -> Body:
    names = {"apiVersion": ref.api_version, "kind": ref.kind}
    metadata = {**identity, **content.get("metadata", {})}
    return copy.deepcopy({**names, **content, "metadata": metadata})


def _changed(live: Stored, result: ssa.Result) -> Stored:
    """`live` with new content; its generation counts changes of what it asks for."""
    identity = {key: value for key, value in live.metadata.items() if key in ssa.IDENTITY}
    body = _assembled(live.ref, identity, result.content)
    if live.body.get("status") is not None:
        body = {**body, "status": live.body["status"]}
    wanted = replace(live, body=body, managers=result.managers)
    if same(_asked(live.body), _asked(body)):
        return wanted
    return wanted.with_metadata(generation=live.generation + 1)


def _asked(body: Body) -> Body:
    return {key: value for key, value in body.items() if key not in ("metadata", "status")}


def _unchanged(live: Stored, wanted: Stored) -> bool:
    return live.managers == wanted.managers and same(live.body, wanted.body)
