"""Runs that have done their part, or that the spec has moved on from: what of them goes, and what finishes. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from trimtab.reconciler.actions import AdvanceRecord, DeleteObject, Step, Verb
from trimtab.reconciler.cluster import Observed
from trimtab.reconciler.desired import CHECK, LOOKUP, RECORD_LABEL, ROLE_LABEL, WORKLOAD
from trimtab.reconciler.ledger import Phase, Record
from trimtab.reconciler.run_ends import is_older, said_nothing, why_not
from trimtab.reconciler.run_planning import Outcome, find, follow, workload_of
from trimtab.reconciler.words import Words, parse
from trimtab.reconciler.world import World

ASK_AGAIN_SECONDS = 300.0
"""What a look-up that failed could not tell, another may tell so long after."""


def leftovers(world: World, followed: frozenset[str], read: frozenset[str]) -> Iterator[DeleteObject]:
    """Objects of runs that have done their part: look-ups that were answered, workloads whose end is recorded.

    `read` names the records whose check somebody still reads. The workload of a failed run stays, with its log, while
    the spec asks for that very run (its record is `followed`) and no other attempt at it is made.
    """
    for observed in world.state.objects.values():
        record = world.state.records.get(observed.labels.get(RECORD_LABEL, ""))
        role = observed.labels.get(ROLE_LABEL)
        if record is None or role not in {LOOKUP, WORKLOAD, CHECK} or not _is_live(observed):
            continue
        if role == WORKLOAD and record.name in followed and _tells_why(record, observed):
            continue
        if _is_done(world, record, observed, role, followed, read):
            step = Step(f"run:{record.run}", Verb.CLEAN, f"{observed.ref} has done its part", ())
            yield DeleteObject(step, observed.ref, observed.uid, None)


def _is_live(observed: Observed) -> bool:
    """And no copy that somebody made of it, labels and all."""
    return observed.ours and not observed.deleting


def _tells_why(record: Record, workload: Observed) -> bool:
    is_current = workload.ref.kind != "Job" or workload.ref.name == record.workload
    return record.phase is Phase.FAILED and is_current


def _is_done(
    world: World,
    record: Record,
    observed: Observed,
    role: str,
    followed: frozenset[str],
    read: frozenset[str],
) -> bool:
    if role == WORKLOAD:
        return record.is_over or record.phase is Phase.LOST
    if _told_nothing(record, observed, role) and world.now.since(observed.health.ended) >= ASK_AGAIN_SECONDS:
        return True
    if role == CHECK:
        return record.name not in read
    return not _is_read(world, record, observed, followed)


def _told_nothing(record: Record, observed: Observed, role: str) -> bool:
    """Or told that a model is gone, or another lies in its place: it may have come back."""
    words = parse(observed.health.words) if observed.health.finished else ""
    is_answer = isinstance(words, Words) and (role == LOOKUP or not why_not(record, words))
    return observed.health.finished is not None and not is_answer


def _is_read(world: World, record: Record, look_up: Observed, followed: frozenset[str]) -> bool:
    """Somebody still wants to know what it told."""
    if record.phase is Phase.RUNNING:
        job = workload_of(world, record)
        return job is not None and said_nothing(job) and not is_older(look_up, job)
    begins = record.phase in {Phase.PLANNED, Phase.LOST, Phase.CANCELLED}
    return begins and (record.name in followed or not record.is_over)


def superseded(world: World, followed: frozenset[str]) -> Iterator[Outcome]:
    """Runs that the spec no longer asks for: those that compute finish, those that don't are cancelled."""
    for record in world.state.records.values():
        if record.name in followed or record.is_over:
            continue
        node = f"run:{record.run}"
        if record.phase is Phase.RUNNING or find(world, record, WORKLOAD) is not None:
            yield from _let_finish(world, record, node)
        else:
            vanished = record.phase is Phase.LOST
            reason = "superseded after its workload vanished" if vanished else "superseded before it started"
            cancelled = replace(record, phase=Phase.CANCELLED, reason=reason)
            yield AdvanceRecord(Step(node, Verb.RECORD, reason, ()), cancelled)


def _let_finish(world: World, record: Record, node: str) -> Iterator[Outcome]:
    if record.phase is Phase.RUNNING:
        yield from follow(world, record, node, None)
    else:
        step = Step(node, Verb.RECORD, f"{record.workload} exists", ())
        yield AdvanceRecord(step, replace(record, phase=Phase.RUNNING, started=world.now.text))
