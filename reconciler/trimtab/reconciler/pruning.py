"""What no longer belongs: members of the system that the spec does not name any more, in the order they are to go.

Deletes are the accident class: whatever looks like one stops and asks. Helpers of a run (its code, its params) do not
leave by pruning while the run goes on, however far the spec has moved from it.
"""

from __future__ import annotations

from collections.abc import Iterator

from trimtab.compiler.bundle import Manifest, Ref
from trimtab.compiler.canonical import digest
from trimtab.reconciler.actions import Action, DeleteObject, Hold, HoldKind, Step, Verb
from trimtab.reconciler.applied import Applied
from trimtab.reconciler.cluster import Observed
from trimtab.reconciler.desired import is_member
from trimtab.reconciler.immutable import holds_data
from trimtab.reconciler.ledger import RUN_LABEL
from trimtab.reconciler.system import CONFIRM
from trimtab.reconciler.world import World

PRUNE_COUNT, PRUNE_SHARE = 10, 0.2
"""More deletions than both of these stop and ask."""

REPLACED_COUNT = 3
"""So many deletions and more stop and ask where the specs that named the objects have nothing in common with this one."""

_LAST = {"ServiceAccount": 1, "ConfigMap": 2, "Secret": 2, "PersistentVolumeClaim": 3}


def plan_pruning(world: World, current: Applied) -> Iterator[Action | Hold]:
    """`current` is the bundle as it is kept."""
    leaving = strangers(world)
    if not leaving:
        return
    question = _question(world, leaving, current)
    yes = deletion_digest(leaving)
    if question and not _is_confirmed(world, yes):
        names = ", ".join(str(o.ref) for o in leaving[:5]) + (", ..." if len(leaving) > 5 else "")
        reason = f"{question} ({names}): {_how_to_confirm(world, yes)}"
        yield Hold(f"prune:{yes}", HoldKind.BLOCKED, reason, ())
        return
    for observed in leaving:
        step = Step(str(observed.ref), Verb.DELETE, _reason(world, observed.ref), ())
        yield DeleteObject(step, observed.ref, observed.uid, observed.revision)


def _is_confirmed(world: World, yes: str) -> bool:
    said = world.state.system.confirmed if world.state.system else ""
    return yes in (world.state.confirmed, said)


def _how_to_confirm(world: World, yes: str) -> str:
    """A daemon is told by a mark on the `MLSystem`: nobody else may write while it holds the system."""
    if world.state.scheduled:
        return f"confirm by the annotation {CONFIRM}={yes} on MLSystem/{world.bundle.system}"
    return f"confirm with `trimtab apply --confirm {yes}`"


def strangers(world: World) -> list[Observed]:
    """Members of this system that neither the bundle names nor a run still needs; what was applied last goes first."""
    wanted, kept = {whatever_version(ref) for ref in world.bundle.refs}, _helpers(world)
    found = (
        observed
        for ref, observed in world.state.objects.items()
        if whatever_version(ref) not in wanted
        and is_member(observed, world.bundle)
        and not observed.deleting
        and not _helps(observed, kept)
    )
    each_once = {observed.uid: observed for observed in found}.values()
    return sorted(each_once, key=lambda o: (_LAST.get(o.ref.kind, 0), -_rank(world, o.ref), o.ref))


def whatever_version(ref: Ref) -> tuple[str, str, str, str]:
    """One object is served in every version of its kind, and watched in each that was ever asked for."""
    group, _, _ = ref.api_version.rpartition("/")
    return group, ref.kind, ref.namespace, ref.name


def _helpers(world: World) -> frozenset[str]:
    """Nodes that runs under way need, and `run:<name>` of each such run."""
    under_way = [record for record in world.state.records.values() if not record.is_over]
    nodes = {node for r in under_way for kept in world.state.applied for node in kept.helpers_of(r)}
    return frozenset(nodes | {f"run:{record.run}" for record in under_way})


def _helps(observed: Observed, kept: frozenset[str]) -> bool:
    return str(observed.ref) in kept or f"run:{observed.labels.get(RUN_LABEL)}" in kept


def _rank(world: World, ref: Ref) -> int:
    return max((kept.rank(ref) for kept in world.state.applied), default=-1)


def _reason(world: World, ref: Ref) -> str:
    entries = (kept.find(ref) for kept in world.state.applied)
    at = next((entry.at for entry in entries if entry is not None), ())
    was = ".".join(str(part) for part in at if part != "spec")
    return f"the spec no longer names it ({was})" if was else "the spec no longer names it"


def deletion_digest(leaving: list[Observed]) -> str:
    return digest([[str(o.ref), o.uid] for o in leaving]).removeprefix("sha256:")[:12]


def _question(world: World, leaving: list[Observed], current: Applied) -> str:
    total = len(world.bundle.manifests) + len(leaving)
    asked = [manifest.ref for manifest in world.bundle.manifests if _is_asked_for(manifest)]
    if not asked and not world.bundle.runs:
        return f"the spec asks for nothing any more, and {len(leaving)} objects would be deleted"
    if any(holds_data(o.ref) for o in leaving):
        return "something that holds data would be deleted"
    if len(leaving) > PRUNE_COUNT and len(leaving) > PRUNE_SHARE * total:
        return f"{len(leaving)} of {total} objects would be deleted"
    if len(leaving) >= REPLACED_COUNT and _is_another_spec(world, leaving, asked, current):
        return (
            f"the spec has nothing in common with the one before, and {len(leaving)} objects would be deleted"
        )
    return ""


def _is_asked_for(manifest: Manifest) -> bool:
    """Every system has claims and network policies, whatever it is for."""
    at = manifest.origin(())
    return at[:1] == ("spec",) and at[:2] != ("spec", "security") and at[:3] not in _GROUND


_GROUND = (("spec", "data", "artifacts"), ("spec", "data", "stores"))


def _is_another_spec(world: World, leaving: list[Observed], asked: list[Ref], current: Applied) -> bool:
    """As when the branch of another system is checked out: no object that is asked for, and no run, was there before."""
    refs = {whatever_version(observed.ref) for observed in leaving}
    before = [
        kept
        for kept in world.state.applied
        if kept.digest != current.digest
        and any(whatever_version(entry.ref) in refs for entry in kept.entries)
    ]
    runs = {run.name for run in world.bundle.runs}
    return bool(before) and not any(
        kept.recipes.keys() & runs or any(kept.find(ref) for ref in asked) for kept in before
    )
