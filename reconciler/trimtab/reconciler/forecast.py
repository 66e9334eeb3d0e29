"""What will follow a plan's actions if nothing goes wrong: objects on a foundation still to lay, runs, endpoints."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from trimtab.compiler.bundle import Run
from trimtab.reconciler.actions import Action, Plan, Step, Verb
from trimtab.reconciler.ledger import Phase
from trimtab.reconciler.wanted import Wanted
from trimtab.reconciler.world import RECIPE_KINDS, World


def objects(world: World, wants: Iterable[Wanted], draft: Plan) -> Iterator[Step]:
    """What stands on a foundation that is only being laid: every object that is not there yet, nor waits by itself."""
    now = {action.step.node for action in draft.actions} | {hold.node for hold in draft.holds}
    for want in wants:
        manifest = want.manifest
        if manifest.node not in now and want.ref not in world.state.objects:
            yield Step(manifest.node, Verb.CREATE, "it does not exist", manifest.origin(()))


def later(world: World, actions: Sequence[Action]) -> Iterator[Step]:
    """In the order of the bundle; what already has an action now is left out."""
    now = {action.step.node for action in actions}
    changing: set[str] = set()
    for run in world.bundle.runs:
        if run.schedule is None and _will_run(world, run, changing):
            changing.add(run.name)
            if run.node not in now:
                yield Step(run.node, Verb.START, f"{run.title} has no run yet", run.at)
    for endpoint in world.bundle.endpoints:
        if endpoint.training in changing and f"endpoint:{endpoint.name}" not in now:
            reason = f"once {world.runs[endpoint.training].title} is accepted"
            yield Step(f"endpoint:{endpoint.name}", Verb.SERVE, reason, endpoint.at)


def _will_run(world: World, run: Run, changing: set[str]) -> bool:
    records = world.of_recipe(run)
    unfinished = any(not r.is_over or r.phase is Phase.CANCELLED for r in records)
    if run.kind in RECIPE_KINDS:
        return not records or unfinished
    writers = {world.datasets[name].writer for name in run.reads}
    return not records or unfinished or run.model in changing or bool(writers & changing)
