"""Is a model accepted: by its own rules, and by every evaluation of it on the data that this would read now. Pure.

What was found on other data is no evidence, neither for a model nor against it. Where that data is not there, or breaks
its contract, nothing is newly accepted.
"""

from __future__ import annotations

from collections.abc import Iterator

from trimtab.compiler.bundle import Run
from trimtab.reconciler import freeze
from trimtab.reconciler.actions import Hold
from trimtab.reconciler.ledger import Phase, Record
from trimtab.reconciler.world import World


def newest_accepted(world: World, training: Run) -> Record | None:
    accepted = (r for r in reversed(world.of_recipe(training)) if is_accepted(world, training, r))
    return next(accepted, None)


def is_accepted(world: World, training: Run, model: Record) -> bool | None:
    """None while that is still to come: until it is trained, evaluated and judged."""
    verdicts = set(_verdicts(world, training, model))
    return False if False in verdicts else None if None in verdicts else True


def _verdicts(world: World, training: Run, model: Record) -> Iterator[bool | None]:
    yield _verdict(training, model)
    for evaluation in world.evaluations(training):
        yield _verdict(evaluation, _judged(world, evaluation, model))


def _judged(world: World, evaluation: Run, model: Record) -> Record | None:
    """The record of this evaluation of the model, on the data of now."""
    now = freeze.data_of(world, evaluation)
    if isinstance(now, Hold):
        return None
    of_it = (r for r in world.of_recipe(evaluation) if r.inputs.model == model.key)
    return next((r for r in of_it if r.inputs.datasets == now.datasets), None)


def _verdict(run: Run, record: Record | None) -> bool | None:
    """A cancelled run is asked for once more, and so still to come."""
    if record is None or record.phase not in {Phase.SUCCEEDED, Phase.FAILED}:
        return None
    given = [record.verdict_on(rule.digest) for rule in run.accept]
    if record.phase is Phase.FAILED or any(v is not None and not v.accepted for v in given):
        return False
    return None if None in given else True
