"""What stands under the name of an object that a run is to have. Two Jobs of one record share a name: that by which it
is looked up, and that by which its model is checked. The next one is made once the one before is gone, not asked for
until then.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from trimtab.compiler.bundle import Ref
from trimtab.reconciler.actions import Action, CreateObjects, Hold, HoldKind, Step
from trimtab.reconciler.cluster import Observed
from trimtab.reconciler.desired import RECORD_LABEL, ROLE_LABEL
from trimtab.reconciler.ledger import RUN_LABEL
from trimtab.reconciler.state import State


def unless_taken(state: State, outcome: Action | Hold) -> Action | Hold:
    """A creation that another object of the name stands in the way of is held."""
    if not isinstance(outcome, CreateObjects):
        return outcome
    for body in outcome.bodies:
        there = state.objects.get(_ref_of(body))
        if there is not None and not _is_the_same(there, body):
            return _hold(there, body, outcome.step)
    return outcome


def _is_the_same(there: Observed, body: Mapping[str, Any]) -> bool:
    """It was made before the writer was killed: a creation may be repeated."""
    has_its_role = there.labels.get(ROLE_LABEL) == body["metadata"]["labels"][ROLE_LABEL]
    return there.ours and not there.deleting and has_its_role and _is_of_its_run(there, body)


def _is_of_its_run(there: Observed, body: Mapping[str, Any]) -> bool:
    return bool(there.labels.get(RECORD_LABEL) == body["metadata"]["labels"][RECORD_LABEL])


def _hold(there: Observed, body: Mapping[str, Any], step: Step) -> Hold:
    if there.deleting:
        reason = f"{there.ref} is being deleted: it is made anew once it is gone"
        return Hold(step.node, HoldKind.WAITING, reason, step.at)
    if not there.ours:
        reason = f"there is a {there.ref} already, which is not of this system: delete it"
        return Hold(step.node, HoldKind.BLOCKED, reason, step.at)
    if not _is_of_its_run(there, body):
        reason = f"there is a {there.ref} already, which says that it is of another run: delete it"
        return Hold(step.node, HoldKind.BLOCKED, reason, step.at)
    clears_away = f"run:{there.labels.get(RUN_LABEL, '')}"
    reason = f"{there.ref} has done its part, and goes first"
    return Hold(step.node, HoldKind.WAITING, reason, step.at, clears_away)


def _ref_of(body: Mapping[str, Any]) -> Ref:
    metadata = body["metadata"]
    return Ref(body["apiVersion"], body["kind"], metadata["namespace"], metadata["name"])
