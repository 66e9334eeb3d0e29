"""What each object is to be: the bundle's manifests, filled with what serves. Pure.

A manifest whose endpoint serves nothing yet is not among them: it can't be filled, and its endpoint says so itself.
Nearly every plan of a bundle wants the same, and to fill and digest it all takes longer than to compare it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from trimtab.compiler.bundle import Bundle, Edge, Manifest, Ref, Slot, SlotKind
from trimtab.compiler.packed import digest_of
from trimtab.compiler.verbatim import Verbatim
from trimtab.reconciler import system
from trimtab.reconciler.applied import Applied, Entry, content_of
from trimtab.reconciler.late import fill, slots
from trimtab.reconciler.state import Served
from trimtab.reconciler.world import World

_MODEL = frozenset({SlotKind.MODEL, SlotKind.MODEL_DIGEST, SlotKind.MODEL_KEY})


class Wanted(NamedTuple):
    """`body` is filled and bears no marks of ours yet; `desired` is its digest; `edges` lead to other objects."""

    manifest: Manifest
    ref: Ref
    node: str
    body: Mapping[str, Any]
    desired: str
    edges: tuple[Edge, ...]


@dataclass(frozen=True)
class Wants:
    """What a bundle wants, kept by `source` in `cluster`, while each training of `serving` serves that model."""

    bundle: Bundle
    source: str
    cluster: str
    serving: Mapping[str, Served]

    @cached_property
    def each(self) -> tuple[Wanted, ...]:
        """In apply order: the Namespace, the `MLSystem`, and all the rest."""
        return tuple(self._filled())

    @cached_property
    def applied(self) -> Applied:
        """As it is kept before any of it is applied."""
        entries = tuple(
            Entry(want.ref, want.desired, content_of(want.body), want.manifest.origin(()))
            for want in self.each
        )
        recipes = {run.name: run.recipe_digest for run in self.bundle.runs}
        return Applied(entries, self.bundle.edges, recipes)

    def _filled(self) -> Iterator[Wanted]:
        mirror = system.manifest_of(self.bundle, self.source, self.cluster)
        namespaces = [m for m in self.bundle.manifests if m.ref.is_namespace]
        others = [m for m in self.bundle.manifests if not m.ref.is_namespace]
        edges_of = self.bundle.edges_of_nodes()
        for manifest in (*namespaces, mirror, *others):
            # As a person wrote it, an object is without slots.
            is_given = isinstance(manifest.provenance, Verbatim)
            late = () if is_given else tuple(slots(manifest.body))
            if all(slot.name in self.serving for slot in late if slot.kind in _MODEL):
                body = manifest.body
                if late:
                    body = fill(body, lambda slot: _value(self.serving[slot.name], slot))
                node = manifest.node
                edges = (e for e in edges_of.get(node, ()) if not e.after.startswith("run:"))
                yield Wanted(manifest, manifest.ref, node, body, sys.intern(digest_of(body)), tuple(edges))


def wants_of(world: World, known: Wants | None = None) -> Wants:
    """`known` again, where it is of this very bundle and of nothing else."""
    wants = Wants(world.bundle, world.state.source, world.state.cluster, served_by_training(world))
    return known if known is not None and _is_same(known, wants) else wants


def _is_same(known: Wants, wants: Wants) -> bool:
    """To compare two bundles that are not one takes as long as to work it out."""
    asked = (known.source, known.cluster, known.serving)
    return known.bundle is wants.bundle and asked == (wants.source, wants.cluster, wants.serving)


def served_by_training(world: World) -> dict[str, Served]:
    known = world.state.system.serving if world.state.system else {}
    return {e.training: known[e.name] for e in world.bundle.endpoints if e.name in known}


def _value(served: Served, slot: Slot) -> str:
    match slot.kind:
        case SlotKind.MODEL:
            return served.directory
        case SlotKind.MODEL_DIGEST:
            return served.digest
        case SlotKind.MODEL_KEY:
            return served.key
        case _:
            raise AssertionError(f"a manifest has no run: {slot}")
