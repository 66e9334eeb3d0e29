"""What to do about each object: create it, adopt it, bring it up to date, heal it, or wait.

Drift is a difference between an object's own fields as they are and as they were when we last applied it; nobody
compares a desired state with a live one here, so defaulting and webhooks cause no false alarm. Force is for the heal
alone. A change is never forced: where it meets drift, what was applied last is healed first.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from trimtab.compiler.bundle import Edge, Fact, FieldPath, Manifest, Ref
from trimtab.compiler.packed import unpacked
from trimtab.reconciler import belonging, replacing
from trimtab.reconciler.actions import (
    Action,
    AdoptObject,
    ApplyObject,
    CreateObjects,
    DeleteObject,
    Hold,
    HoldKind,
    OpenRecord,
    Step,
    Verb,
)
from trimtab.reconciler.applied import Entry, entries_of, entry_of
from trimtab.reconciler.cluster import DESIRED, Health, Observed
from trimtab.reconciler.desired import marked
from trimtab.reconciler.differences import differences
from trimtab.reconciler.replacing import HOPELESS
from trimtab.reconciler.state import State
from trimtab.reconciler.waiting_lines import waits_at
from trimtab.reconciler.wanted import Wanted
from trimtab.reconciler.world import World

FIGHT, FIGHT_SECONDS = 5, 600.0
"""More heals of one object within so long are a fight with another writer, and stop for as long. An autoscaler changes
its mind every 15 seconds, and each heal may restart Pods."""


def plan_object(world: World, want: Wanted) -> Iterator[Action | Hold]:
    unmet = next((edge for edge in want.edges if not _holds(world, edge)), None)
    if unmet is None:
        yield from _bring_up(world, want)
    else:
        reason = f"waits until {unmet.after} is {unmet.fact.value}"
        yield Hold(want.node, HoldKind.WAITING, reason, want.manifest.origin(()), unmet.after)


def _holds(world: World, edge: Edge) -> bool:
    ref = world.bundle.by_node[edge.after].ref
    observed = world.state.objects.get(ref)
    if observed is None and ref.is_namespace:
        observed = world.state.met(ref)  # it may be another system's, and serves this one too
    return observed is not None and _is_so(observed.health, edge.fact)


def _is_so(health: Health, fact: Fact) -> bool:
    match fact:
        case Fact.RECONCILED:
            return health.reconciled
        case Fact.READY:
            return health.ready
        case Fact.FINISHED:
            return health.finished is not None
        case Fact.ACCEPTED:
            return health.finished is True


def _bring_up(world: World, want: Wanted) -> Iterator[Action | Hold]:
    observed = world.state.objects.get(want.ref)
    problem = world.state.problems.get(want.ref)
    if problem is not None and problem.desired != want.desired:
        problem = None
    made_by = ""
    if observed is None and problem is not None and problem.met is not None:
        observed, made_by, problem = problem.met, problem.message, None
    if observed is not None and observed.deleting and observed.ref in world.state.objects:
        reason = f"is being deleted: {observed.health.message or 'it is created anew when it is gone'}"
        yield Hold(want.node, HoldKind.WAITING, reason, want.manifest.origin(()))
    elif problem is not None and problem.met is None:
        yield replacing.refused(world, want.manifest, observed, problem)
    elif observed is None and _is_fought_over(world, want.ref, want.desired):
        reason = (
            "another writer keeps taking it away: it is left so for ten minutes, or until the spec changes"
        )
        yield Hold(want.node, HoldKind.BLOCKED, reason, want.manifest.origin(()))
    elif observed is None:
        body = marked(want.body, world.bundle, want.desired)
        step = Step(want.node, Verb.CREATE, "it does not exist", want.manifest.origin(()))
        yield ApplyObject(step, want.ref, body, want.desired, is_new=True)
    elif objection := belonging.objection(world, want.manifest, observed, made_by):
        yield objection
    else:
        was = _applied_from(world, want, observed)
        yield from (
            _keep(world, want, observed) if was == want.desired else _change(world, want, observed, was)
        )


def _applied_from(world: World, want: Wanted, observed: Observed) -> str:
    """The digest of what it was last applied as: what it says itself, if that is anything we have ever asked for.

    Empty for what we have not applied: labels and annotations are copied by people and controllers alike.
    """
    if not observed.own:
        return ""
    said = observed.annotations.get(DESIRED, "")
    if said == want.desired or entry_of(world.state.applied, want.ref, said) is not None:
        return said
    baseline = world.state.baseline.get(want.ref)
    if baseline is None:
        return said
    known = (want.desired, *(entry.desired for entry in entries_of(world.state.applied, want.ref)))
    return next((digest for digest in known if baseline.is_of(digest)), baseline.desired)


def _keep(world: World, want: Wanted, observed: Observed) -> Iterator[Action | Hold]:
    drift = _drift(world, want, observed, want.body, want.desired)
    yield from (drift,) if drift is not None else _not_ready(want.manifest, observed)


def _change(world: World, want: Wanted, observed: Observed, was: str) -> Iterator[Action | Hold]:
    last = entry_of(world.state.applied, want.ref, was) if was else None
    drift: Action | Hold | None = None
    changed: tuple[FieldPath, ...] = ()
    if last is not None and last.body is not None:
        drift = None if _is_in_vain(world, last) else _drift(world, want, observed, last.body, last.desired)
        changed = tuple(differences(unpacked(last.body), unpacked(want.body)))
    if drift is not None:
        yield drift
        return
    body = marked(want.body, world.bundle, want.desired)
    why = _said(changed) if was else "it was there already"
    at = want.manifest.origin(changed[0] if changed else ())
    yield replacing.update(world, want.manifest, observed, body, want.desired, why, at)


def _is_in_vain(world: World, last: Entry) -> bool:
    """To bring it back to that is refused, or undone again and again: what is wanted by now may be the way out."""
    problem = world.state.problems.get(last.ref)
    is_refused = problem is not None and problem.desired == last.desired
    return is_refused or _is_fought_over(world, last.ref, last.desired)


def _is_fought_over(world: World, ref: Ref, desired: str) -> bool:
    return world.state.corrections.get((ref, desired), 0) > FIGHT


def _drift(
    world: World, want: Wanted, observed: Observed, body: Mapping[str, Any], desired: str
) -> Action | Hold | None:
    """What brings an object back to `body`, which it was last applied as; None where it is as that was."""
    baseline = world.state.baseline.get(want.ref)
    if baseline is not None and baseline.is_of(desired) and baseline.is_as(observed.own):
        return None
    at, node, uid = want.manifest.origin(()), want.node, observed.uid
    if baseline is None or not baseline.is_of(desired):
        asked = marked(body, world.bundle, desired)
        return AdoptObject(Step(node, Verb.ADOPT, "it was applied before", at), want.ref, asked, desired, uid)
    if _is_fought_over(world, want.ref, desired):
        reason = (
            "another writer keeps changing it: healing has stopped for ten minutes, or until the spec changes"
        )
        return Hold(node, HoldKind.BLOCKED, reason, at)
    asked = marked(body, world.bundle, desired)
    step = Step(node, Verb.HEAL, "somebody changed it", at)
    return ApplyObject(step, want.ref, asked, desired, force=True, uid=uid)


def _said(changed: tuple[FieldPath, ...]) -> str:
    names = [".".join(map(str, path)) for path in changed[:3]]
    more = f" and {len(changed) - 3} more fields" if len(changed) > 3 else ""
    return f"{', '.join(names)}{more} changed" if names else "the spec changed"


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


def unless_refused(state: State, outcome: Action | Hold) -> Action | Hold:
    """A deletion or creation that the engine has refused is not asked for again at once."""
    reason = "" if isinstance(outcome, Hold) else _refusal(state, outcome)
    if not reason or isinstance(outcome, Hold):
        return outcome
    return Hold(outcome.step.node, HoldKind.BLOCKED, reason, outcome.step.at)


def _refusal(state: State, action: Action) -> str:
    match action:
        case DeleteObject():
            return state.stays.get(action.wish, "")
        case CreateObjects() | OpenRecord():
            return next((p.message for p in state.problems.values() if p.desired == action.wish), "")
        case _:
            return ""
