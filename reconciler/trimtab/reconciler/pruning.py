"""What no longer belongs: members of the system that the spec does not name any more, in the order they are to go.

Deletes are the accident class: whatever looks like one stops and asks. Helpers of a run (its code, its params) do not
leave by pruning while the run goes on, however far the spec has moved from it.
"""

from __future__ import annotations

from collections.abc import Iterator

from trimtab.compiler.bundle import Ref
from trimtab.compiler.canonical import digest
from trimtab.reconciler.actions import Action, DeleteObject, Hold, HoldKind, Step, Verb
from trimtab.reconciler.cluster import PART_OF, Observed
from trimtab.reconciler.desired import applyset_id
from trimtab.reconciler.ledger import RUN_LABEL
from trimtab.reconciler.world import World

PRUNE_COUNT, PRUNE_SHARE = 10, 0.2
"""More deletions than both of these stop and ask."""

HOLDS_DATA = frozenset({"PersistentVolumeClaim", "CustomResourceDefinition"})

_LAST = {"ServiceAccount": 1, "ConfigMap": 2, "Secret": 2, "PersistentVolumeClaim": 3}


def plan_pruning(world: World) -> Iterator[Action | Hold]:
    leaving = strangers(world)
    if not leaving:
        return
    question = _question(world, leaving)
    yes = deletion_digest(leaving)
    if question and world.state.confirmed != yes:
        names = ", ".join(str(o.ref) for o in leaving[:5]) + (", ..." if len(leaving) > 5 else "")
        reason = f"{question} ({names}): confirm with `trimtab apply --confirm {yes}`"
        yield Hold(f"prune:{yes}", HoldKind.BLOCKED, reason, ())
        return
    for observed in leaving:
        step = Step(str(observed.ref), Verb.DELETE, _reason(world, observed.ref), ())
        yield DeleteObject(step, observed.ref, observed.uid, observed.revision)


def strangers(world: World) -> list[Observed]:
    """Members of this system that neither the bundle names nor a run still needs; what was applied last goes first."""
    wanted = {_whatever_version(ref) for ref in world.bundle.refs}
    member, kept = applyset_id(world.bundle), _helpers(world)
    found = (
        observed
        for ref, observed in world.state.objects.items()
        if _whatever_version(ref) not in wanted
        and observed.labels.get(PART_OF) == member
        and observed.own
        and not observed.deleting
        and not _helps(observed, kept)
    )
    each_once = {observed.uid: observed for observed in found}.values()
    return sorted(each_once, key=lambda o: (_LAST.get(o.ref.kind, 0), -_rank(world, o.ref), o.ref))


def _whatever_version(ref: Ref) -> tuple[str, str, str, str]:
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


def _question(world: World, leaving: list[Observed]) -> str:
    total = len(world.bundle.manifests) + len(leaving)
    if not world.bundle.manifests:
        return "the spec yields nothing, and everything would be deleted"
    if any(o.ref.kind in HOLDS_DATA for o in leaving):
        return "something that holds data would be deleted"
    if len(leaving) > PRUNE_COUNT and len(leaving) > PRUNE_SHARE * total:
        return f"{len(leaving)} of {total} objects would be deleted"
    return ""
