"""Taking a system down: stop what computes, delete what is ours in the reverse of the apply order, keep what is data.

The ledger, the artifacts and, unless told otherwise, every volume stay; so does the Namespace. A later apply finds
each run in the ledger and computes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from trimtab.compiler.bundle import Bundle
from trimtab.reconciler.actions import Action, AdvanceRecord, DeleteObject, Hold, HoldKind, Plan, Step, Verb
from trimtab.reconciler.applied import is_part
from trimtab.reconciler.cluster import MEMORY, Observed
from trimtab.reconciler.desired import ROLE_LABEL, is_member, system_ref
from trimtab.reconciler.immutable import holds_data
from trimtab.reconciler.ledger import Phase
from trimtab.reconciler.object_planning import unless_refused
from trimtab.reconciler.state import Now, State


def plan_deletion(bundle: Bundle, state: State, now: Now, *, data: bool = False) -> Plan:
    """Asked again until nothing of the system is left but what it keeps. `data` takes the volumes too."""
    cancelled = list(_cancelled(state, now))
    leaving = list(_members(bundle, state, data))
    tried = [unless_refused(state, _delete(observed)) for observed in leaving if not observed.deleting]
    going = tuple(
        Hold(str(o.ref), HoldKind.WAITING, o.health.message or "is going", ()) for o in leaving if o.deleting
    )
    refused = tuple(each for each in tried if isinstance(each, Hold))
    actions: tuple[Action, ...] = (*cancelled, *(each for each in tried if not isinstance(each, Hold)))
    if not actions and not leaving:
        actions = tuple(_parent(bundle, state))
    return Plan(actions, (*going, *refused), ())


def _cancelled(state: State, now: Now) -> Iterator[AdvanceRecord]:
    for record in state.records.values():
        if not record.is_over:
            step = Step(f"run:{record.run}", Verb.RECORD, "cancelled: the system is deleted", ())
            ended = replace(record, phase=Phase.CANCELLED, reason="the system was deleted", ended=now.text)
            yield AdvanceRecord(step, ended)


def _members(bundle: Bundle, state: State, data: bool) -> list[Observed]:
    """The last applied first; what is kept of the bundles, which knows that order, last."""
    rank = {manifest.ref: index for index, manifest in enumerate(bundle.manifests)}
    found = (
        observed
        for observed in state.objects.values()
        if is_member(observed, bundle) or is_part(observed, bundle.system) or _is_of_run(observed)
    )
    kept = (o for o in found if data or not holds_data(o.ref))

    def place(observed: Observed) -> int:
        ranks = (rank.get(observed.ref, -1), *(each.rank(observed.ref) for each in state.applied))
        return max(ranks) if max(ranks) >= 0 else len(rank)

    return sorted(kept, key=lambda o: (MEMORY in o.labels, -place(o), o.ref))


def _is_of_run(observed: Observed) -> bool:
    return observed.ours and ROLE_LABEL in observed.labels


def _delete(observed: Observed) -> DeleteObject:
    return DeleteObject(
        Step(str(observed.ref), Verb.DELETE, "the system is deleted", ()), observed.ref, observed.uid, None
    )


def _parent(bundle: Bundle, state: State) -> Iterator[DeleteObject]:
    observed = state.objects.get(system_ref(bundle))
    if observed is not None and not observed.deleting:
        yield _delete(observed)
