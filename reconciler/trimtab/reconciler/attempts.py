"""What there is already of a run that is about to be begun: a workload that is there, Pods that have not ended.

Two attempts at one run never compute at once: they would write into the same directory. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from trimtab.compiler.bundle import Run
from trimtab.reconciler.actions import AdvanceRecord, Hold, HoldKind, Step, Verb
from trimtab.reconciler.cluster import Observed
from trimtab.reconciler.desired import RECORD_LABEL, ROLE_LABEL, WORKLOAD
from trimtab.reconciler.ledger import KEY_ANNOTATION, Phase, Record
from trimtab.reconciler.world import World


def in_the_way(world: World, run: Run, record: Record) -> AdvanceRecord | Hold | None:
    """A record that was lost, and opened anew, goes on with the workload that it had; any other waits until what an
    earlier attempt has left is gone."""
    jobs = sorted(_workloads(world, record), key=lambda job: _attempt(job, record))
    if record.phase is Phase.PLANNED and jobs and not jobs[-1].deleting:
        return _goes_on(world, run, record, jobs[-1])
    if (alive := next((job for job in jobs if job.health.finished is None), None)) is not None:
        return _waits(run, f"{alive.ref}, an earlier attempt, is not gone yet")
    pods = world.state.lingering.get(record.name)
    return _waits(run, f"Pods of an earlier attempt have not ended yet: {pods}") if pods else None


def _goes_on(world: World, run: Run, record: Record, job: Observed) -> AdvanceRecord:
    started = job.health.started or world.now.text
    running = replace(record, phase=Phase.RUNNING, attempt=_attempt(job, record), started=started)
    return AdvanceRecord(Step(run.node, Verb.RECORD, f"{job.ref} is there already", run.at), running)


def _waits(run: Run, reason: str) -> Hold:
    return Hold(run.node, HoldKind.WAITING, reason, run.at)


def _workloads(world: World, record: Record) -> Iterator[Observed]:
    for observed in world.state.objects.values():
        if observed.ref.kind != "Job" or observed.labels.get(RECORD_LABEL) != record.name:
            continue
        is_of_the_run = observed.ours and observed.annotations.get(KEY_ANNOTATION) == record.key
        if is_of_the_run and observed.labels.get(ROLE_LABEL) == WORKLOAD and _attempt(observed, record):
            yield observed


def _attempt(job: Observed, record: Record) -> int:
    """0 for what is not called after one."""
    number = job.ref.name.removeprefix(f"{record.name}-")
    return int(number) if number.isdecimal() else 0
