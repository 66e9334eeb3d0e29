"""A watch, seen from the engine: what a subscriber is told of each change, given what it asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from trimtab.reconciler import cluster
from trimtab.reconciler.local.objects import Stored
from trimtab.reconciler.local.store import Change


@dataclass(frozen=True, slots=True)
class Interest:
    """Kinds, one namespace or all (cluster-scoped objects are in none, and always covered), labels."""

    kinds: frozenset[tuple[str, str]]
    namespace: str = ""
    selector: Mapping[str, str] | None = None

    def covers(self, stored: Stored | None) -> bool:
        if stored is None or (stored.ref.api_version, stored.ref.kind) not in self.kinds:
            return False
        here = not self.namespace or stored.ref.namespace in ("", self.namespace)
        return here and stored.matches(self.selector)

    def events(self, change: Change) -> Iterator[tuple[cluster.Change, Stored]]:
        """An object that leaves the selection is deleted, for whoever watches it."""
        was, now = self.covers(change.old), not change.removed and self.covers(change.new)
        if now:
            yield (cluster.Change.MODIFIED if was else cluster.Change.ADDED), change.new
        elif was:
            yield cluster.Change.DELETED, change.new
