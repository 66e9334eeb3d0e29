"""What each object is to be: the bundle's manifests, filled with what serves. Pure.

A manifest whose endpoint serves nothing yet is not among them: it can't be filled, and its endpoint says so itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from trimtab.compiler.bundle import Manifest, Ref, Slot, SlotKind
from trimtab.compiler.canonical import digest
from trimtab.reconciler import system
from trimtab.reconciler.applied import Applied, Entry, content_of
from trimtab.reconciler.late import fill, slots
from trimtab.reconciler.state import Served
from trimtab.reconciler.world import World

_MODEL = frozenset({SlotKind.MODEL, SlotKind.MODEL_DIGEST, SlotKind.MODEL_KEY})


class Wanted(NamedTuple):
    """`body` is filled and bears no marks of ours yet; `desired` is its digest."""

    manifest: Manifest
    body: Mapping[str, Any]
    desired: str

    @property
    def ref(self) -> Ref:
        return self.manifest.ref


def wanted(world: World) -> Iterator[Wanted]:
    """In apply order: the Namespace, the `MLSystem`, and all the rest."""
    mirror = system.manifest_of(world.bundle, world.state.source, world.state.cluster)
    namespaces = [m for m in world.bundle.manifests if m.ref.kind == "Namespace"]
    others = [m for m in world.bundle.manifests if m.ref.kind != "Namespace"]
    serving = served_by_training(world)
    for manifest in (*namespaces, mirror, *others):
        if all(slot.name in serving for slot in slots(manifest.body) if slot.kind in _MODEL):
            body = fill(manifest.body, lambda slot: _value(serving[slot.name], slot))
            yield Wanted(manifest, body, digest(body))


def bundle_of(world: World, wants: Iterable[Wanted]) -> Applied:
    """As it is kept before any of it is applied."""
    entries = tuple(
        Entry(want.ref, want.desired, content_of(want.body), want.manifest.origin(())) for want in wants
    )
    return Applied(entries, world.bundle.edges, {run.name: run.recipe_digest for run in world.bundle.runs})


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
