"""Keeping the bundle in the cluster: before any of it is applied, and until nothing is as it asks any more."""

from __future__ import annotations

from collections.abc import Iterator

from trimtab.reconciler import applied
from trimtab.reconciler.actions import DeleteObject, Hold, HoldKind, KeepBundle, Step, Verb
from trimtab.reconciler.applied import BUNDLE_ANNOTATION, Applied
from trimtab.reconciler.cluster import DESIRED, Observed
from trimtab.reconciler.pruning import strangers, whatever_version
from trimtab.reconciler.world import World


def plan_keeping(world: World, current: Applied) -> Iterator[KeepBundle | DeleteObject | Hold]:
    """Nothing where it is kept already. What bears its name is damaged then, whatever it says of itself, and goes first."""
    if any(kept.digest == current.digest for kept in world.state.applied):
        return
    bundle = world.bundle
    problem = next((p for p in world.state.problems.values() if p.desired == current.digest), None)
    if problem is not None:
        reason = f"the bundle can't be kept, and is not applied before it is: {problem.message}"
        yield Hold(f"MLSystem/{bundle.system}", HoldKind.BLOCKED, reason, ())
        return
    damaged = [
        observed
        for ref, observed in world.state.objects.items()
        if applied.bears_name_of(ref, bundle.system, current.digest)
    ]
    if damaged:
        yield from _cleared(damaged)
        return
    step = Step(f"MLSystem/{bundle.system}", Verb.REMEMBER, "what is about to be applied", ())
    yield KeepBundle(step, current)


def forget(world: World, current: Applied) -> Iterator[DeleteObject]:
    """Bundles that neither an object nor a run is of any more, nor anything that can't be seen."""
    older = [kept for kept in world.state.applied if kept.digest != current.digest]
    leaving = {whatever_version(o.ref) for o in strangers(world)} if older else set()
    still = {k.digest for k in older if any(whatever_version(entry.ref) in leaving for entry in k.entries)}
    needed = {current.digest} | still | {kept.digest for kept in older if _is_needed(world, kept, current)}
    named = {o.annotations.get(BUNDLE_ANNOTATION, "") for o in world.state.objects.values()}
    for observed in _parts(world, named - needed):
        if not observed.deleting:
            yield _delete(observed, "nothing is as it asks any more")


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


def _parts(world: World, bundles: set[str]) -> list[Observed]:
    found = (
        observed
        for observed in world.state.objects.values()
        if applied.is_part(observed, world.bundle.system)
        and observed.annotations.get(BUNDLE_ANNOTATION, "") in bundles
    )
    return sorted(found, key=lambda o: o.ref)


def _cleared(damaged: list[Observed]) -> Iterator[DeleteObject | Hold]:
    for observed in sorted(damaged, key=lambda o: o.ref):
        if observed.deleting:
            reason = f"is being deleted: {observed.health.message or 'it is damaged, and kept anew when it is gone'}"
            yield Hold(str(observed.ref), HoldKind.WAITING, reason, ())
        else:
            yield _delete(observed, "it is damaged")


def _delete(observed: Observed, reason: str) -> DeleteObject:
    step = Step(str(observed.ref), Verb.CLEAN, reason, ())
    return DeleteObject(step, observed.ref, observed.uid, None)
