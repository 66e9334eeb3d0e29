"""Keeping the bundle in the cluster: before any of it is applied, and until nothing is as it asks any more."""

from __future__ import annotations

from collections.abc import Iterator

from trimtab.reconciler import applied
from trimtab.reconciler.actions import DeleteObject, Hold, HoldKind, KeepBundle, Step, Verb
from trimtab.reconciler.applied import BUNDLE_ANNOTATION, Applied
from trimtab.reconciler.cluster import DESIRED
from trimtab.reconciler.world import World


def plan_keeping(world: World, current: Applied) -> Iterator[KeepBundle | DeleteObject | Hold]:
    """Nothing where it is kept already. What bears its name and is not it is damaged, and goes first."""
    if any(kept.digest == current.digest for kept in world.state.applied):
        return
    bundle = world.bundle
    problem = next((p for p in world.state.problems.values() if p.desired == current.digest), None)
    if problem is not None:
        reason = f"the bundle can't be kept, and is not applied before it is: {problem.message}"
        yield Hold(f"MLSystem/{bundle.system}", HoldKind.BLOCKED, reason, ())
        return
    damaged = list(_parts(world, {current.digest}, "it is damaged"))
    if damaged:
        yield from damaged
        return
    step = Step(f"MLSystem/{bundle.system}", Verb.REMEMBER, "what is about to be applied", ())
    yield KeepBundle(step, current)


def forget(world: World, current: Applied) -> Iterator[DeleteObject]:
    """Bundles that neither an object nor a run is of any more, nor anything that can't be seen."""
    older = [kept for kept in world.state.applied if kept.digest != current.digest]
    needed = {current.digest} | {kept.digest for kept in older if _is_needed(world, kept, current)}
    named = {o.annotations.get(BUNDLE_ANNOTATION, "") for o in world.state.objects.values()}
    yield from _parts(world, named - needed, "nothing is as it asks any more")


def _is_needed(world: World, kept: Applied, current: Applied) -> bool:
    if kept.kinds & world.state.unserved:
        return True
    if any(_is_as(world, entry) and not current.asks_for(entry) for entry in kept.entries):
        return True
    runs_on = (r for r in world.state.records.values() if not r.is_over)
    return any(kept.recipes.get(r.run) == r.recipe_digest != current.recipes.get(r.run) for r in runs_on)


def _is_as(world: World, entry: applied.Entry) -> bool:
    """What is on its way out is not: it may take its time, and no plan waits for it."""
    observed = world.state.objects.get(entry.ref)
    return (
        observed is not None and not observed.deleting and observed.annotations.get(DESIRED) == entry.desired
    )


def _parts(world: World, bundles: set[str], reason: str) -> Iterator[DeleteObject]:
    found = (
        observed
        for observed in world.state.objects.values()
        if applied.is_part(observed, world.bundle.system)
        and observed.annotations.get(BUNDLE_ANNOTATION, "") in bundles
    )
    for observed in sorted(found, key=lambda o: o.ref):
        if not observed.deleting:
            step = Step(str(observed.ref), Verb.CLEAN, reason, ())
            yield DeleteObject(step, observed.ref, observed.uid, None)
