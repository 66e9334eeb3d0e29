"""Endpoints as rows: which model answers, where, with how many replicas, and on what evidence."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from trimtab.cli.views.marks import Mark
from trimtab.cli.views.run_rows import Locate
from trimtab.cli.views.standing import standing
from trimtab.compiler.bundle import Endpoint
from trimtab.reconciler.actions import Hold, HoldKind
from trimtab.reconciler.cluster import Health
from trimtab.reconciler.world import World


@dataclass(frozen=True, slots=True)
class EndpointRow:
    """`why`: on what evidence this model serves; `note`: what keeps a newer one, or a replica, from serving."""

    mark: Mark
    name: str
    model: str
    since: str
    replicas: int
    ready: int
    address: str
    why: str
    note: str
    place: str


def endpoint_rows(world: World, holds: Iterable[Hold], locate: Locate) -> tuple[EndpointRow, ...]:
    held = tuple(holds)
    return tuple(_row(world, endpoint, held, locate) for endpoint in world.bundle.endpoints)


def _row(world: World, endpoint: Endpoint, holds: tuple[Hold, ...], locate: Locate) -> EndpointRow:
    served = world.state.system.serving.get(endpoint.name) if world.state.system else None
    health = _health(world, endpoint)
    hold = _most_telling(holds, endpoint, world)
    service = world.state.objects.get(endpoint.service)
    return EndpointRow(
        mark=_mark(served is not None, health, hold),
        name=endpoint.name,
        model=served.run if served else "",
        since=served.since if served else "",
        replicas=health.replicas if health else 0,
        ready=health.ready_replicas if health else 0,
        address=service.health.address if service else "",
        why=_evidence(world, served.key) if served else "",
        note=hold.reason if hold else "",
        place=locate(hold.at if hold and hold.at else endpoint.at),
    )


def _health(world: World, endpoint: Endpoint) -> Health | None:
    deployment = world.state.objects.get(endpoint.deployment)
    return deployment.health if deployment else None


def _most_telling(holds: tuple[Hold, ...], endpoint: Endpoint, world: World) -> Hold | None:
    """What blocks says more than what waits. A rejected or failed run upstream is the endpoint's reason too."""
    own = {f"endpoint:{endpoint.name}", str(endpoint.deployment), str(endpoint.service)}
    training = world.runs[endpoint.training]
    upstream = {training.node} | {e.node for e in world.evaluations(training)}
    blocking = [h for h in holds if h.kind is HoldKind.BLOCKED and h.node in own | upstream]
    return next(iter([*blocking, *(h for h in holds if h.node in own)]), None)


def _mark(serves: bool, health: Health | None, hold: Hold | None) -> Mark:
    if not serves or health is None:
        return Mark.BAD if hold and hold.kind is HoldKind.BLOCKED else Mark.WAITING
    if not health.ready:
        return Mark.BUSY
    return Mark.WARN if hold else Mark.LIVE


def _evidence(world: World, key: str) -> str:
    """The verdicts that let this model through: its own, and those of the evaluations that read it."""
    records = [r for r in world.state.records.values() if key in (r.key, r.inputs.model)]
    judged = (v for r in records for v in standing(r, world.runs.get(r.run)) if v.accepted)
    return "; ".join(dict.fromkeys(v.reason for v in judged)) or "its training asks for no proof"
