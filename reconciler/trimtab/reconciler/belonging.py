"""What is there under the name of something we want: may we write it? Pure.

What another system keeps is never taken from it: both write as the same field manager, so the API server would let them
overwrite each other for ever. What somebody else has made, whatever labels were copied to it, becomes ours only if a
person says so: from then on it would be ours to delete.
"""

from __future__ import annotations

from trimtab.compiler.bundle import Manifest
from trimtab.reconciler.actions import Hold, HoldKind
from trimtab.reconciler.cluster import PART_OF, Observed
from trimtab.reconciler.desired import applyset_id
from trimtab.reconciler.ledger import SYSTEM_LABEL
from trimtab.reconciler.world import World


def objection(world: World, manifest: Manifest, observed: Observed, made_by: str = "") -> Hold | None:
    """Why it is left as it is; None where it is ours, or may become so."""
    if manifest.ref.is_namespace:
        return _of_namespace(world, manifest, observed)
    is_known = manifest.ref in world.state.baseline
    is_labelled = observed.labels.get(PART_OF) == applyset_id(world.bundle)
    if PART_OF in observed.labels and not is_labelled and not is_known:
        reason = (
            f"{_keeper(world, observed)} keeps it: give it another name, or take it out of one of the two"
        )
        return _hold(manifest, HoldKind.BLOCKED, reason)
    if observed.own or (is_known and is_labelled) or world.state.takes_over:
        return None
    made = f", made by {made_by}" if made_by else ""
    reason = (
        f"it is there already{made}, and not of this system: delete it, give yours another name, "
        f"or make it part of {world.bundle.system} with `--take-over`"
    )
    return _hold(manifest, HoldKind.BLOCKED, reason)


def _of_namespace(world: World, manifest: Manifest, observed: Observed) -> Hold | None:
    """Several systems may share one. It is labelled as the first of them says, and never deleted."""
    keeper = observed.labels.get(SYSTEM_LABEL, "")
    if not observed.own or keeper in ("", world.bundle.system):
        return None
    return _hold(manifest, HoldKind.NOTE, f"system {keeper} keeps it: it is labelled as that one says")


def _keeper(world: World, observed: Observed) -> str:
    name = observed.labels.get(SYSTEM_LABEL, "")
    if name == world.bundle.system:
        return f"system {name} of another namespace"
    return f"system {name}" if name else "another apply set"


def _hold(manifest: Manifest, kind: HoldKind, reason: str) -> Hold:
    return Hold(manifest.node, kind, reason, manifest.origin(()))
