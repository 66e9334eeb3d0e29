"""What to do about each manifest: create it, bring it up to date, heal it, or wait; and what no longer belongs.

Drift is a difference between an object's own fields as they are and as they were when we last applied it; nobody
compares a desired state with a live one here, so defaulting and webhooks cause no false alarm.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from trimtab.compiler.bundle import Edge, Fact, Manifest, Slot, SlotKind
from trimtab.compiler.canonical import digest
from trimtab.reconciler import replacing
from trimtab.reconciler.actions import Action, ApplyObject, DeleteObject, Hold, HoldKind, Step, Verb
from trimtab.reconciler.cluster import DESIRED, PART_OF, Observed
from trimtab.reconciler.desired import applyset_id, desired_object
from trimtab.reconciler.late import fill, slots
from trimtab.reconciler.replacing import HOPELESS
from trimtab.reconciler.state import Served, State
from trimtab.reconciler.waiting_lines import waits_at
from trimtab.reconciler.world import World

FIGHT = 5
"""More heals of one object within a minute than this are a fight with another writer, and stop."""

PRUNE_COUNT, PRUNE_SHARE = 10, 0.2
"""More deletions than both of these stop and ask."""

HOLDS_DATA = frozenset({"PersistentVolumeClaim", "CustomResourceDefinition"})


def plan_object(world: World, manifest: Manifest, serving: Mapping[str, Served]) -> Iterator[Action | Hold]:
    if any(slot.name not in serving for slot in _model_slots(manifest)):
        return  # its endpoint serves nothing yet, and says so itself
    waits = next(_unmet(world, manifest), None)
    if waits is not None:
        yield waits
        return
    body, desired = desired_object(fill(manifest.body, lambda slot: _model(serving, slot)), world.bundle)
    yield from _bring_up(world, manifest, body, desired)


def _model_slots(manifest: Manifest) -> list[Slot]:
    kinds = {SlotKind.MODEL, SlotKind.MODEL_DIGEST, SlotKind.MODEL_KEY}
    return [slot for slot in slots(manifest.body) if slot.kind in kinds]


def _model(serving: Mapping[str, Served], slot: Slot) -> str:
    served = serving[slot.name]
    match slot.kind:
        case SlotKind.MODEL:
            return served.directory
        case SlotKind.MODEL_DIGEST:
            return served.digest
        case SlotKind.MODEL_KEY:
            return served.key
        case _:
            raise AssertionError(f"a manifest has no run: {slot}")


def _unmet(world: World, manifest: Manifest) -> Iterator[Hold]:
    for edge in world.bundle.edges:
        if edge.node == manifest.node and not edge.after.startswith("run:") and not _holds(world, edge):
            reason = f"waits until {edge.after} is {edge.fact.value}"
            yield Hold(manifest.node, HoldKind.WAITING, reason, manifest.origin(()), edge.after)


def _holds(world: World, edge: Edge) -> bool:
    ref = world.manifests[edge.after].ref
    observed = world.state.objects.get(ref)
    if observed is None:
        return False
    health = observed.health
    return {
        Fact.RECONCILED: health.reconciled,
        Fact.READY: health.ready,
        Fact.FINISHED: health.finished is not None,
        Fact.ACCEPTED: health.finished is True,
    }[edge.fact]


def _bring_up(
    world: World, manifest: Manifest, body: dict[str, Any], desired: str
) -> Iterator[Action | Hold]:
    ref, at = manifest.ref, manifest.origin(())
    observed, baseline = world.state.objects.get(ref), world.state.baseline.get(ref)
    problem = world.state.problems.get(ref)
    if observed is not None and observed.deleting:
        reason = f"is being deleted: {observed.health.message or 'it is created anew when it is gone'}"
        yield Hold(manifest.node, HoldKind.WAITING, reason, at)
    elif problem is not None and problem.desired == desired:
        yield replacing.refused(world, manifest, observed, problem)
    elif observed is None:
        yield ApplyObject(Step(manifest.node, Verb.CREATE, "it does not exist", at), ref, body, desired)
    elif observed.annotations.get(DESIRED) != desired and (baseline is None or baseline.desired != desired):
        yield replacing.update(world, manifest, observed, body, desired)
    elif baseline is None:
        yield ApplyObject(Step(manifest.node, Verb.UPDATE, "adopted after a restart", at), ref, body, desired)
    elif observed.own != baseline.own:
        yield _heal(world, manifest, body, desired)
    else:
        yield from _not_ready(manifest, observed)


def _heal(world: World, manifest: Manifest, body: dict[str, Any], desired: str) -> Action | Hold:
    at = manifest.origin(())
    if world.state.corrections.get(manifest.ref, 0) > FIGHT:
        reason = "another writer keeps changing it: healing has stopped until the spec or that writer changes"
        return Hold(manifest.node, HoldKind.BLOCKED, reason, at)
    step = Step(manifest.node, Verb.HEAL, "somebody changed it", at)
    return ApplyObject(step, manifest.ref, body, desired, force=True)


def _not_ready(manifest: Manifest, observed: Observed) -> Iterator[Hold]:
    health = observed.health
    if manifest.ref.kind == "MLSystem":  # its conditions are what we wrote there ourselves
        return
    if not (health.ready and health.reconciled):
        is_over = health.finished is False  # it ran, and ended badly
        kind = HoldKind.BLOCKED if is_over or health.reason in HOPELESS else HoldKind.WAITING
        at = waits_at(manifest, health.message, manifest.origin(()))
        yield Hold(manifest.node, kind, health.message or "is not ready yet", at)
    elif health.message:
        yield Hold(manifest.node, HoldKind.NOTE, health.message, manifest.origin(()))


def strangers(world: World) -> list[Observed]:
    """Members of this system that the bundle does not name, in the order they are to go."""
    wanted = {manifest.ref for manifest in world.bundle.manifests}
    member = applyset_id(world.bundle)
    found = (
        observed
        for ref, observed in world.state.objects.items()
        if ref not in wanted
        and observed.labels.get(PART_OF) == member
        and observed.own
        and not observed.deleting
    )
    return sorted(found, key=lambda o: (_DELETE_LAST.get(o.ref.kind, 0), o.ref))


_DELETE_LAST = {"ServiceAccount": 1, "ConfigMap": 2, "Secret": 2, "PersistentVolumeClaim": 3}


def plan_pruning(world: World) -> Iterator[Action | Hold]:
    """Deletes are the accident class: whatever looks like one stops and asks."""
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
        step = Step(str(observed.ref), Verb.DELETE, "the spec no longer names it", ())
        yield DeleteObject(step, observed.ref, observed.uid, observed.revision)


def unless_refused(state: State, outcome: Action | Hold) -> Action | Hold:
    """A deletion that the engine has refused is not asked for again at once."""
    if isinstance(outcome, DeleteObject):
        problem = state.problems.get(outcome.ref)
        if problem is not None and problem.desired == outcome.wish:
            return Hold(outcome.step.node, HoldKind.BLOCKED, problem.message, outcome.step.at)
    return outcome


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
