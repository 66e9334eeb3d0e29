"""Which model each endpoint serves, and why. A deployment moves only on evidence.

The current recipe's accepted run serves, else what is recorded as serving, else nothing. A new model is recorded in
the `MLSystem`'s status before the endpoint is written, and only after a look at the artifact itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from trimtab.compiler.bundle import Endpoint, Run
from trimtab.reconciler.acceptance import is_accepted, newest_accepted
from trimtab.reconciler.actions import Action, CreateObjects, Hold, HoldKind, Step, Verb
from trimtab.reconciler.desired import CHECK
from trimtab.reconciler.ledger import Record
from trimtab.reconciler.run_ends import why_not
from trimtab.reconciler.run_planning import bind, find
from trimtab.reconciler.state import Served
from trimtab.reconciler.words import Words, parse
from trimtab.reconciler.world import World


@dataclass(frozen=True, slots=True)
class Choice:
    """What an endpoint serves now, what it moves to, and what has to be done or said first."""

    endpoint: Endpoint
    serves: Served | None
    moves_to: Served | None = None
    step: Step | None = None
    outcomes: tuple[Action | Hold, ...] = ()
    candidate: str = ""
    """The record whose check this choice still reads."""


def choose(world: World) -> Iterator[Choice]:
    for endpoint in world.bundle.endpoints:
        yield _choose_for(world, endpoint)


def _choose_for(world: World, endpoint: Endpoint) -> Choice:
    recorded = world.state.system.serving.get(endpoint.name) if world.state.system else None
    training = world.runs[endpoint.training]
    candidate = newest_accepted(world, training)
    if candidate is None:
        return Choice(endpoint, recorded, outcomes=_no_candidate(world, endpoint, training, recorded))
    if recorded is not None and recorded.key == candidate.key:
        return Choice(endpoint, recorded)
    return _promote(world, endpoint, training, candidate, recorded)


def _no_candidate(
    world: World, endpoint: Endpoint, training: Run, recorded: Served | None
) -> tuple[Action | Hold, ...]:
    newest = world.newest(training)
    is_decided = newest is not None and is_accepted(world, training, newest) is not None
    yet = "" if is_decided else " yet"
    if recorded is None:
        reason = f"serves nothing: {training.title} is not accepted{yet}"
    elif newest is not None and newest.name == recorded.run:
        reason = f"still serves {recorded.run}, which is not accepted{yet} on the data of now"
    else:
        reason = f"still serves {recorded.run}: {training.title} of the new recipe is not accepted{yet}"
    return (Hold(f"endpoint:{endpoint.name}", HoldKind.NOTE, reason, endpoint.at),)


def _promote(
    world: World, endpoint: Endpoint, training: Run, candidate: Record, recorded: Served | None
) -> Choice:
    """A look at the artifact comes first: a model that is gone, or has another digest, is not promoted."""
    node = f"endpoint:{endpoint.name}"
    job = find(world, candidate, CHECK)
    if job is None:
        step = Step(
            node, Verb.LOOK_UP, f"is the model of {candidate.name} still there, unchanged?", endpoint.at
        )
        body = bind(world, training.lookup.body, candidate, CHECK)
        return Choice(
            endpoint,
            recorded,
            outcomes=(CreateObjects(step, candidate.name, (body,)),),
            candidate=candidate.name,
        )
    if job.health.finished is None:
        hold = Hold(node, HoldKind.WAITING, f"the model of {candidate.name} is being checked", endpoint.at)
        return Choice(endpoint, recorded, outcomes=(hold,), candidate=candidate.name)
    words = parse(job.health.words) if job.health.finished else job.health.message
    if why := why_not(candidate, words):
        again = "it is looked at again after five minutes"
        reason = f"the model of {candidate.name} can't be promoted: {why}; {again}"
        hold = Hold(node, HoldKind.BLOCKED, reason, endpoint.at)
        return Choice(endpoint, recorded, outcomes=(hold,), candidate=candidate.name)
    there = words.artifact if isinstance(words, Words) else ""
    digest = candidate.artifact or there
    served = Served(candidate.name, candidate.key, candidate.directory, digest, world.now.text)
    step = Step(node, Verb.SERVE, f"{candidate.name} is accepted", endpoint.at)
    return Choice(endpoint, recorded, moves_to=served, step=step, candidate=candidate.name)
