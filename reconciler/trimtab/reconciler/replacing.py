"""An object that may not become what it should be in place: deleted to be created anew, or held for a person.

Deleting what runs to make room for what may be refused is how outages are made: nothing is replaced while anything else
of the plan is refused, and what holds data is never replaced at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from trimtab.compiler.bundle import Manifest
from trimtab.reconciler import effects
from trimtab.reconciler.actions import Action, ApplyObject, DeleteObject, Hold, HoldKind, Step, Verb
from trimtab.reconciler.cluster import Observed
from trimtab.reconciler.desired import is_member
from trimtab.reconciler.immutable import FIXED, Effect, change, effect_on, from_text
from trimtab.reconciler.state import Problem
from trimtab.reconciler.world import World
from trimtab.spec.positions import SpecPath

HOPELESS = frozenset({"ProgressDeadlineExceeded", "NotRunnable", "KeepsFailing"})
"""Reasons of a workload's health that nobody waits for: time alone hardly mends them; a replacement may."""


def update(
    world: World,
    manifest: Manifest,
    observed: Observed,
    body: Mapping[str, Any],
    desired: str,
    why: str,
    at: SpecPath,
) -> Action | Hold:
    """In place where that is possible, by the marks of its fixed fields. `why` and `at` say what has changed."""
    before = from_text(observed.annotations.get(FIXED, ""))
    after = from_text(body["metadata"]["annotations"].get(FIXED, ""))
    found = change(manifest.ref, before, after)
    if found.effect is Effect.IN_PLACE:
        step = Step(manifest.node, Verb.UPDATE, f"{why}{effects.told(observed, body)}", at)
        return ApplyObject(step, manifest.ref, body, desired, uid=observed.uid)
    at = manifest.origin(found.fields[0])
    if found.effect is Effect.IMPOSSIBLE:
        return Hold(manifest.node, HoldKind.BLOCKED, f"impossible: {found.why}", at)
    return _replace(world, manifest, observed, found.why, at)


def refused(world: World, manifest: Manifest, observed: Observed | None, problem: Problem) -> Action | Hold:
    """What was refused for no other reason than that it never changes in place needs no mark to be replaced."""
    at = manifest.origin(problem.field)
    if observed is None or not problem.fixed or effect_on(manifest.ref) is Effect.IMPOSSIBLE:
        return Hold(manifest.node, HoldKind.BLOCKED, problem.message, at)
    return _replace(world, manifest, observed, f"{problem.message}: it is deleted and created anew", at)


def _replace(world: World, manifest: Manifest, observed: Observed, why: str, at: SpecPath) -> Action | Hold:
    if not is_member(observed, world.bundle):
        reason = f"{why}; but it is not ours to delete: delete it, or choose another name"
        return Hold(manifest.node, HoldKind.BLOCKED, reason, at)
    return DeleteObject(
        Step(manifest.node, Verb.REPLACE, why, at), manifest.ref, observed.uid, observed.revision
    )


def in_their_turn(world: World, outcomes: Iterable[Action | Hold]) -> list[Action | Hold]:
    """Replacements last: after all else is written, and not while anything is refused."""
    known = list(outcomes)
    refusal = next((o for o in known if _is_refusal(world, o)), None)
    if refusal is not None:
        reason = f"once {_node(refusal)} is no longer refused"
        return [_held(o, HoldKind.BLOCKED, reason) for o in known]
    if any(isinstance(o, ApplyObject) for o in known):
        return [_held(o, HoldKind.WAITING, "once the rest is written") for o in known]
    return known


def _held(outcome: Action | Hold, kind: HoldKind, until: str) -> Action | Hold:
    if not isinstance(outcome, DeleteObject) or outcome.step.verb is not Verb.REPLACE:
        return outcome
    step = outcome.step
    return Hold(step.node, kind, f"is to be replaced {until}: {step.reason}", step.at)


def _is_refusal(world: World, outcome: Action | Hold) -> bool:
    if not isinstance(outcome, Hold) or outcome.kind is not HoldKind.BLOCKED:
        return False
    manifest = world.bundle.by_node.get(outcome.node)
    observed = world.state.objects.get(manifest.ref) if manifest else None
    return manifest is not None and not (observed is not None and observed.health.reason in HOPELESS)


def _node(outcome: Action | Hold) -> str:
    return outcome.node if isinstance(outcome, Hold) else outcome.step.node
