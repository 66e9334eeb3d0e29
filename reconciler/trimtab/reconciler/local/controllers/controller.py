"""What the controllers have in common: a queue of names, worked off one by one after the change that named them.

A name that is queued twice is worked once. A controller that fails on one object says so in the log and tries again
later, more patiently each time; the others go on. Nothing is polled: who must look again later says when.
"""

from __future__ import annotations

import asyncio
import logging
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import ClassVar

from trimtab.compiler.bundle import Ref
from trimtab.reconciler.cluster import ClusterUnavailable
from trimtab.reconciler.local.engine import Engine
from trimtab.reconciler.local.objects import Body, Stored
from trimtab.reconciler.local.store import Change

log = logging.getLogger(__name__)

POD = ("v1", "Pod")
FIRST_RETRY, LAST_RETRY = 0.05, 60.0


class Controller(ABC):
    """Looks after the objects of `kind`; `reconcile` brings one nearer to what it asks for."""

    kind: ClassVar[tuple[str, str]]

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._queued: dict[Ref, None] = {}
        self._timers: dict[Ref, asyncio.TimerHandle] = {}
        self._failures: dict[Ref, int] = {}
        self._running = False
        self._unlisten: Callable[[], None] | None = None

    def start(self) -> None:
        """Look at everything once, and from then on at what changes."""
        self._running = True
        self._unlisten = self.engine.listen(self._hear)
        for stored in self.engine.store.of_kind(*self.kind):
            self.queue(stored.ref)

    def stop(self) -> None:
        self._running = False
        if self._unlisten is not None:
            self._unlisten()
            self._unlisten = None
        for timer in self._timers.values():
            timer.cancel()

    @abstractmethod
    def reconcile(self, stored: Stored) -> float | None:
        """Seconds until it is worth another look by time alone; None if only changes matter."""

    def concerned(self, change: Change) -> Iterable[Ref]:
        """The objects of our kind that a change is about: itself, or the owner of what changed."""
        ref = change.new.ref
        if (ref.api_version, ref.kind) == self.kind:
            return [ref]
        return [owner for owner in owners(change.new) if (owner.api_version, owner.kind) == self.kind]

    def queue(self, ref: Ref, after: float = 0.0) -> None:
        if not self._running:
            return
        if timer := self._timers.pop(ref, None):
            timer.cancel()
        loop = asyncio.get_running_loop()
        if after > 0:
            self._timers[ref] = loop.call_later(after, self.queue, ref)
            return
        if not self._queued:
            loop.call_soon(self._work)
        self._queued[ref] = None

    def _hear(self, change: Change) -> None:
        for ref in self.concerned(change):
            self.queue(ref)

    def _work(self) -> None:
        """One object a turn of the loop, so that requests are answered in between."""
        if not self._queued or not self._running:
            return
        ref = next(iter(self._queued))
        del self._queued[ref]
        self._try(ref)
        if self._queued:
            asyncio.get_running_loop().call_soon(self._work)

    def _try(self, ref: Ref) -> None:
        stored = self.engine.store.get(ref)
        try:
            again = None if stored is None else self.reconcile(stored)
        except Exception as error:
            if isinstance(error, ClusterUnavailable):
                self.engine.trouble(str(error))
            log.exception("%s could not be looked after; trying again", ref)
            failures = self._failures[ref] = self._failures.get(ref, 0) + 1
            again = min(LAST_RETRY, FIRST_RETRY * 2.0**failures)
        else:
            self._failures.pop(ref, None)
        if again is not None and ref not in self._queued:
            self.queue(ref, max(again, 0.001))

    def owned_pods(self, owner: Stored) -> list[Stored]:
        pods = self.engine.store.of_kind(*POD, owner.ref.namespace)
        return [pod for pod in pods if pod.controller == owner.uid]

    def delete(self, stored: Stored) -> None:
        self.engine.delete(stored.ref, stored.uid)


def owners(stored: Stored) -> Iterator[Ref]:
    for owner in stored.metadata.get("ownerReferences") or ():
        yield Ref(owner["apiVersion"], owner["kind"], stored.ref.namespace, owner["name"])


def owned_by(owner: Stored) -> Body:
    return {
        "apiVersion": owner.ref.api_version,
        "kind": owner.ref.kind,
        "name": owner.ref.name,
        "uid": owner.uid,
        "controller": True,
        "blockOwnerDeletion": True,
    }


def seconds_since(text: str, now: str) -> float:
    """Between two of the engine's timestamps."""
    return (datetime.fromisoformat(now) - datetime.fromisoformat(text)).total_seconds()


def phase(pod: Stored) -> str:
    return str(pod.status.get("phase", "Pending"))


def is_ended(pod: Stored) -> bool:
    return phase(pod) in ("Succeeded", "Failed")


def is_ready(pod: Stored) -> bool:
    return any(c["type"] == "Ready" and c["status"] == "True" for c in pod.status.get("conditions") or ())
