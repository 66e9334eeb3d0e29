"""What goes with what: an owner takes its dependents along, a Namespace everything in it; and each waits for them.

Pods and Services end by their own controllers, which stop processes first.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from trimtab.compiler.bundle import Ref
from trimtab.reconciler.local.controllers.controller import Controller, owners
from trimtab.reconciler.local.objects import Stored
from trimtab.reconciler.local.store import Change


class OwnerController(Controller):
    """The end of Jobs and Deployments, and of whatever has lost its owner."""

    kind = ("", "")

    def start(self) -> None:
        super().start()
        for stored in self.engine.store:
            self.queue(stored.ref)

    def concerned(self, change: Change) -> Iterable[Ref]:
        yield change.new.ref
        yield from owners(change.new)
        if change.removed:
            yield from (stored.ref for stored in self.engine.dependents(change.new.uid))

    def reconcile(self, stored: Stored) -> None:
        if self._orphaned(stored):
            self.delete(stored)
        if not stored.deleting or stored.ref.kind not in ("Deployment", "Job"):
            return
        dependents = self.engine.dependents(stored.uid)
        for dependent in dependents:
            self.delete(dependent)
        if not self.engine.dependents(stored.uid):
            self.engine.remove(stored.ref)

    def _orphaned(self, stored: Stored) -> bool:
        named = stored.metadata.get("ownerReferences") or ()
        return bool(named) and not any(
            (owner := self.engine.store.get(ref)) is not None and owner.uid == entry["uid"]
            for ref, entry in zip(owners(stored), named, strict=True)
        )


class NamespaceController(Controller):
    kind = ("v1", "Namespace")

    def concerned(self, change: Change) -> Iterator[Ref]:
        yield from super().concerned(change)
        if change.removed and change.new.ref.namespace:
            yield Ref("v1", "Namespace", "", change.new.ref.namespace)

    def reconcile(self, stored: Stored) -> None:
        if not stored.deleting:
            return
        self.engine.set_status(stored.ref, {"phase": "Terminating"})
        for inside in self._inside(stored):
            self.delete(inside)
        if not self._inside(stored):
            self.engine.remove(stored.ref)

    def _inside(self, namespace: Stored) -> list[Stored]:
        return [stored for stored in self.engine.store if stored.ref.namespace == namespace.ref.name]
