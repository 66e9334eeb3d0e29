"""`plan(bundle, state, now) -> Plan`: what to do next, and what holds the rest back. Pure.

It is asked again after everything it was told changed, so it never plans more than one write ahead on one thing;
`later` says what will follow if nothing goes wrong. `trimtab plan` and the daemon print and do the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from trimtab.compiler.bundle import Bundle, Run
from trimtab.reconciler import forecast, keeping, past_runs, pruning, run_planning, serving, system
from trimtab.reconciler.actions import (
    Action,
    AdoptObject,
    ApplyObject,
    Hold,
    HoldKind,
    KeepBundle,
    Plan,
    Step,
    Verb,
    WriteSystem,
)
from trimtab.reconciler.applied import Applied
from trimtab.reconciler.baselines import Packer
from trimtab.reconciler.desired import namespace_ref, system_ref
from trimtab.reconciler.object_planning import plan_object, unless_refused
from trimtab.reconciler.replacing import in_their_turn
from trimtab.reconciler.run_planning import Outcome
from trimtab.reconciler.standing_names import unless_taken
from trimtab.reconciler.state import Now, Served, State
from trimtab.reconciler.still_serving import with_what_serves
from trimtab.reconciler.wanted import Wanted, Wants, wants_of
from trimtab.reconciler.world import RECIPE_KINDS, World


def plan(bundle: Bundle, state: State, now: Now) -> Plan:
    return RememberingPlanner()(bundle, state, now)


class RememberingPlanner:
    """`plan`, asked again and again: what neither the state nor the time changes is worked out once a bundle."""

    def __init__(self) -> None:
        self._wants: Wants | None = None
        self._pack = Packer()

    def __call__(self, bundle: Bundle, state: State, now: Now) -> Plan:
        state = with_what_serves(bundle, state)
        world = World(bundle, state, now)
        self._wants = wants_of(world, self._wants)
        current = self._wants.applied
        applied = tuple(current if kept.digest == current.digest else kept for kept in state.applied)
        known = World(bundle, replace(state, applied=applied), now, self._pack)
        return _plan(known, self._wants.each, current)


def _plan(world: World, wants: Sequence[Wanted], current: Applied) -> Plan:
    keeps = tuple(keeping.plan_keeping(world, current))
    foundation = _foundation(world, wants, keeps)
    if foundation:
        draft = _sorted_out(world, foundation, _serving(world))
        return replace(draft, later=(*forecast.objects(world, wants, draft), *draft.later))
    choices = tuple(serving.choose(world))
    outcomes: list[Outcome] = [*keeps]
    outcomes += [o for c in choices for o in c.outcomes]
    outcomes += in_their_turn(world, [o for want in wants for o in plan_object(world, want)])
    outcomes += _runs(world)
    followed = _followed(world)
    read = frozenset(c.candidate for c in choices if c.candidate)
    outcomes += past_runs.leftovers(world, followed, read)
    moves = {c.endpoint.name: c for c in choices if c.moves_to is not None}
    if moves:
        served = _serving(world) | {name: c.moves_to for name, c in moves.items() if c.moves_to}
        steps = [c.step for c in moves.values() if c.step]
        outcomes.insert(0, _write_system(world, served, _under_way(steps, outcomes), steps[0]))
    elif not any(_is_under_way(o) for o in outcomes):
        outcomes += [*pruning.plan_pruning(world, current), *keeping.forget(world, current)]
    outcomes += past_runs.superseded(world, followed)
    return _sorted_out(world, outcomes, _serving(world))


def _foundation(world: World, wants: Sequence[Wanted], keeps: Sequence[Outcome]) -> list[Outcome]:
    """The system's own Namespace, the bundle as it is kept, the `MLSystem`: nothing can be remembered before they exist.

    A new `MLSystem` takes an API server long where it is large. What a bundle is made of is kept by then, so its objects
    are made beside it; runs are not. Where that has been tried once, it goes first: it may be refused.
    """
    own, mirror = namespace_ref(world.bundle), system_ref(world.bundle)
    grounds = [o for want in wants if want.ref == own for o in plan_object(world, want)]
    under_way = [o for o in grounds if not isinstance(o, Hold) or o.kind is not HoldKind.NOTE]
    if under_way and not (keeps and all(_is_there(o) for o in under_way)):
        return grounds
    if any(not isinstance(o, KeepBundle) for o in keeps):
        return under_way or list(keeps)
    parent = next(want for want in wants if want.ref == mirror)
    found = list(plan_object(world, parent))
    if not found:
        return under_way
    is_new = bool(keeps) and any(isinstance(o, ApplyObject) and o.is_new for o in found)
    others = [want for want in wants if is_new and want.ref not in (own, mirror)]
    beside = in_their_turn(world, [o for want in others for o in plan_object(world, want)])
    return [*under_way, *keeps, *found, *beside]


def _is_there(outcome: Outcome) -> bool:
    """A namespace that only gets other fields, before whatever is planned after it; refused, it holds that back."""
    return isinstance(outcome, ApplyObject) and not outcome.is_new


def _runs(world: World) -> list[Outcome]:
    outcomes: list[Outcome] = []
    for run in world.bundle.runs:
        if run.schedule is None or world.state.scheduled:
            outcomes += run_planning.plan_run(world, run)
    return outcomes


def _followed(world: World) -> frozenset[str]:
    """The records that the bundle's own runs look after."""
    names: set[str] = set()
    for run in world.bundle.runs:
        record = _record_of(world, run)
        if record is not None:
            names.add(record)
    return frozenset(names)


def _record_of(world: World, run: Run) -> str | None:
    if run.kind in RECIPE_KINDS:
        record = world.newest(run)
    else:
        inputs = run_planning.inputs_of(world, run)
        record = None if isinstance(inputs, Hold) else world.with_inputs(run, inputs)
    return record.name if record else None


def _is_under_way(outcome: Outcome) -> bool:
    return not isinstance(outcome, Hold) or outcome.kind is HoldKind.WAITING


def _serving(world: World) -> dict[str, Served]:
    """An endpoint that the spec no longer names is forgotten once nothing waits to be pruned."""
    known = dict(world.state.system.serving) if world.state.system else {}
    gone = known.keys() - {endpoint.name for endpoint in world.bundle.endpoints}
    if not gone or pruning.strangers(world):
        return known
    return {name: served for name, served in known.items() if name not in gone}


def _sorted_out(world: World, outcomes: Iterable[Outcome], served: Mapping[str, Served]) -> Plan:
    tried = [unless_taken(world.state, unless_refused(world.state, o)) for o in outcomes]
    found = (o for o in tried if not isinstance(o, Hold))
    actions = tuple(
        sorted(found, key=lambda action: isinstance(action, AdoptObject))
    )  # what is new goes first
    holds = _still_waiting(actions, [o for o in tried if isinstance(o, Hold)])
    draft = Plan(actions, holds, tuple(forecast.later(world, actions)))
    remember = _remember(world, served, draft)
    return Plan((*actions, *remember), holds, draft.later)


def _still_waiting(actions: Sequence[Action], holds: Sequence[Hold]) -> tuple[Hold, ...]:
    """Waiting for something that will not come is not waiting: its own hold says what a person must do."""
    moving = {a.step.node for a in actions}
    moving |= {h.node for h in holds if h.kind is HoldKind.WAITING and not h.after}
    while True:
        joined = {h.node for h in holds if h.kind is HoldKind.WAITING and h.after in moving} - moving
        if not joined:
            break
        moving |= joined
    return tuple(
        replace(h, kind=HoldKind.NOTE)
        if h.after and h.kind is HoldKind.WAITING and h.after not in moving
        else h
        for h in holds
    )


def _under_way(moves: Iterable[Step], outcomes: Iterable[Outcome]) -> Plan:
    """What is told while endpoints move: what is to serve is written down before it does."""
    moving = (Hold(m.node, HoldKind.WAITING, f"moves to another model: {m.reason}", m.at) for m in moves)
    return Plan((), (*moving, *(o for o in outcomes if isinstance(o, Hold))), ())


def _remember(world: World, served: Mapping[str, Served], draft: Plan) -> tuple[Action, ...]:
    """The status, once nothing else is to be written, and only where it would say something new.

    While something is under way, news of it alone are told now and then: each would be one more write.
    """
    record = world.state.system
    if record is None or draft.actions:
        return ()
    step = Step(f"MLSystem/{world.bundle.system}", Verb.REMEMBER, "its status", ())
    write = _write_system(world, served, draft, step)
    if write.status == record.status:
        return ()
    is_detail = not draft.is_settled and system.is_detail(record.status, write.status)
    return () if is_detail and world.state.told_lately else (write,)


def _write_system(world: World, served: Mapping[str, Served], draft: Plan, step: Step) -> WriteSystem:
    record = world.state.system
    if record is None:
        raise AssertionError("the MLSystem exists before anything is remembered in it")
    conditions = (
        system.conditions_of(draft, record.conditions, world.now.text)
        if draft.holds or not draft.actions
        else {}
    )
    status = system.status_of(
        record,
        served,
        world.pack(world.state.baseline),
        conditions or dict(record.conditions),
        world.state.commit,
    )
    return WriteSystem(step, status)
