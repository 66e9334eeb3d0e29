"""A whole system at a glance: is it as its spec says, what serves, what ran, and what holds it back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from trimtab.cli.views.endpoint_rows import EndpointRow, endpoint_rows
from trimtab.cli.views.marks import Mark
from trimtab.cli.views.plan_rows import HoldRow, StepRow, hold_rows, plan_view
from trimtab.cli.views.run_rows import Locate, RunRow, run_rows
from trimtab.reconciler.actions import Hold, HoldKind, Plan
from trimtab.reconciler.world import World


@dataclass(frozen=True, slots=True)
class SystemView:
    system: str
    environment: str
    commit: str
    mark: Mark
    verdict: str
    endpoints: tuple[EndpointRow, ...]
    runs: tuple[RunRow, ...]
    held: tuple[HoldRow, ...]
    """What holds back objects that are neither a run nor an endpoint."""
    changes: tuple[StepRow, ...]
    """What the spec asks for and nobody has applied yet."""
    objects: int
    unenforced: tuple[str, ...]
    """What this engine writes down and can't enforce."""


def system_view(world: World, plan: Plan, locate: Locate, unenforced: tuple[str, ...] = ()) -> SystemView:
    mark, verdict = _verdict(world, plan)
    shown = {run.node for run in world.bundle.runs} | _endpoint_nodes(world)
    return SystemView(
        system=world.bundle.system,
        environment=world.bundle.environment,
        commit=world.state.system.commit if world.state.system else "",
        mark=mark,
        verdict=verdict,
        endpoints=endpoint_rows(world, plan.holds, locate),
        runs=run_rows(world, plan.holds, locate),
        held=hold_rows((h for h in plan.holds if h.node not in shown), locate),
        changes=plan_view(plan, locate).now,
        objects=len(world.state.objects),
        unenforced=unenforced,
    )


def _endpoint_nodes(world: World) -> set[str]:
    nodes = ((f"endpoint:{e.name}", str(e.deployment), str(e.service)) for e in world.bundle.endpoints)
    return {node for group in nodes for node in group}


def _verdict(world: World, plan: Plan) -> tuple[Mark, str]:
    blocked = [h for h in plan.holds if h.kind is HoldKind.BLOCKED]
    waiting = [h for h in plan.holds if h.kind is HoldKind.WAITING]
    if world.state.system is None:
        return Mark.WAITING, "not applied yet"
    if blocked:
        return Mark.BAD, f"held back: {_first(blocked)}"
    if waiting:
        return Mark.BUSY, f"on its way: {_first(waiting)}"
    if plan_view(plan, lambda _: "").now:
        return Mark.WARN, f"differs from the spec: {_count(len(plan.actions), 'change')} to apply"
    return Mark.GOOD, "as the spec says"


def _first(holds: Sequence[Hold]) -> str:
    more = f" (and {len(holds) - 1} more)" if len(holds) > 1 else ""
    return f"{holds[0].reason}{more}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
