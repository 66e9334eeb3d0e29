"""What to do about each run: open it, look for its record, claim an attempt, start it, write down its end, judge it.

A run is a fact: the ledger says whether it has happened, and the presence of a Job never does. Every transition here
is one write, so that a crash between any two leaves a state from which the same functions go on.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from trimtab.compiler.bundle import Run, RunKind, Slot, SlotKind
from trimtab.reconciler import freeze
from trimtab.reconciler.actions import (
    Action,
    AdvanceRecord,
    CreateObjects,
    Hold,
    HoldKind,
    OpenRecord,
    Step,
    Verb,
)
from trimtab.reconciler.attempts import in_the_way
from trimtab.reconciler.cluster import Health, Observed
from trimtab.reconciler.desired import LOOKUP, RECORD_LABEL, ROLE_LABEL, WORKLOAD, run_object
from trimtab.reconciler.failure_lines import failed_at
from trimtab.reconciler.late import fill
from trimtab.reconciler.ledger import Inputs, Phase, Record, record_name
from trimtab.reconciler.run_ends import is_older, recorded, said_nothing, with_words
from trimtab.reconciler.verdicts import missing_verdicts
from trimtab.reconciler.waiting_lines import waits_at
from trimtab.reconciler.words import Words, parse
from trimtab.reconciler.world import RECIPE_KINDS, World, run_key

Outcome = Action | Hold

NEXT = {
    RunKind.CONTRACT: "mend the data or what is expected of it: either is checked anew",
    RunKind.DRIFT: "it is measured again when it is next due",
}
"""What to do about a failed run of ours, which has no workload in the spec."""


def plan_run(world: World, run: Run) -> Iterator[Outcome]:
    """The next step of one run of the bundle."""
    record = world.newest(run) if run.kind in RECIPE_KINDS else None
    if record is None:
        inputs = inputs_of(world, run)
        if isinstance(inputs, Hold):
            yield inputs
            return
        record = world.with_inputs(run, inputs)
        if record is None:
            yield _open(world, run, inputs)
            return
    yield from advance(world, run, record)


def inputs_of(world: World, run: Run) -> Inputs | Hold:
    """What this run would read now, its occurrence included."""
    inputs = freeze.freeze(world, run)
    if isinstance(inputs, Hold) or run.schedule is None:
        return inputs
    return replace(inputs, occurrence=str(int(world.now.seconds) // run.schedule.seconds))


def _open(world: World, run: Run, inputs: Inputs) -> OpenRecord:
    key = run_key(run, inputs)
    record = Record(
        name=record_name(run.name, key),
        run=run.name,
        kind=run.kind,
        key=key,
        recipe_digest=run.recipe_digest,
        recipe=run.recipe,
        inputs=inputs,
        retries=run.retries,
        opened=world.now.text,
        commit=world.state.commit,
    )
    reason = "no run of this recipe yet" if not world.of_recipe(run) else "its inputs are new"
    return OpenRecord(Step(run.node, Verb.OPEN, f"{reason}: {record.name}", run.at), record)


def advance(world: World, run: Run, record: Record) -> Iterator[Outcome]:
    """From the record's phase to the next one."""
    match record.phase:
        case Phase.PLANNED | Phase.LOST | Phase.CANCELLED:
            yield look_up(world, run, record)
        case Phase.QUEUED:
            yield _start(world, run, record)
        case Phase.RUNNING:
            yield from follow(world, record, run.node, run)
        case Phase.FAILED:
            yield _failed(world, run, record)
        case Phase.SUCCEEDED:
            yield from _judge(world, run, record)


def look_up(world: World, run: Run, record: Record) -> Outcome:
    """Ask the artifact store before anything is started: what was done elsewhere, or before, is not done again."""
    job = find(world, record, LOOKUP)
    if job is None:
        return in_the_way(world, run, record) or _ask(world, run, record)
    words = _answer(run, job)
    if isinstance(words, Hold):
        return words
    return _recall(world, run, record, words) if words.found else _claim(run, record)


def _answer(run: Run, look_up: Observed) -> Words | Hold:
    health = look_up.health
    if health.finished is None:
        return Hold(run.node, HoldKind.WAITING, _waits_for(health, "looks for a record of it"), run.at)
    words = parse(health.words) if health.finished else f"it failed: {health.message}"
    if isinstance(words, Words):
        return words
    reason = f"the look-up of its record told nothing ({words}); it is asked again after five minutes"
    return Hold(run.node, HoldKind.BLOCKED, reason, run.at)


def _ask(world: World, run: Run, record: Record) -> CreateObjects:
    step = Step(run.node, Verb.LOOK_UP, f"is there a record of {record.name} beside its artifact?", run.at)
    return CreateObjects(step, record.name, (bind(world, run.lookup.body, record, LOOKUP),))


def _recall(world: World, run: Run, record: Record, words: Words) -> AdvanceRecord:
    attempt = max(record.attempt, 1)
    ended = replace(with_words(record, words), phase=Phase.SUCCEEDED, attempt=attempt, recalled=True)
    step = Step(run.node, Verb.RECORD, "its record is beside its artifact: nothing runs again", run.at)
    return AdvanceRecord(step, replace(ended, ended=world.now.text))


def _claim(run: Run, record: Record) -> AdvanceRecord:
    attempt = record.attempt + 1
    if record.phase is Phase.LOST and attempt > record.retries + 1:
        reason = f"its workload vanished, and its {record.retries} retries are used up"
        failed = replace(record, phase=Phase.FAILED, reason=reason)
        return AdvanceRecord(Step(run.node, Verb.RECORD, reason, run.at), failed)
    step = Step(run.node, Verb.CLAIM, f"attempt {attempt} of {record.name}", run.at)
    return AdvanceRecord(step, replace(record, phase=Phase.QUEUED, attempt=attempt, reason=""))


def _start(world: World, run: Run, record: Record) -> Outcome:
    job = find(world, record, WORKLOAD)
    if job is not None:
        step = Step(run.node, Verb.RECORD, f"{record.workload} exists", run.at)
        started = record.started or job.health.started or world.now.text
        return AdvanceRecord(step, replace(record, phase=Phase.RUNNING, started=started))
    problem = next((p for p in world.state.problems.values() if p.desired == record.workload), None)
    if problem is not None:
        return Hold(run.node, HoldKind.BLOCKED, problem.message, run.workload[-1].origin(problem.field))
    bodies = tuple(bind(world, manifest.body, record, WORKLOAD) for manifest in run.workload)
    return CreateObjects(
        Step(run.node, Verb.START, f"attempt {record.attempt} of {record.name}", run.at),
        record.workload,
        bodies,
    )


def follow(world: World, record: Record, node: str, run: Run | None) -> Iterator[Outcome]:
    """A running record, of this bundle or superseded: its Job's end is its own. One that is being deleted is not gone: its
    Pods may write still, and the next attempt must not meet them."""
    at = run.at if run else ()
    job = workload_of(world, record)
    if job is None:
        lost = replace(record, phase=Phase.LOST, reason="its workload vanished")
        yield AdvanceRecord(Step(node, Verb.RECORD, f"{record.workload} is gone", at), lost)
    elif job.deleting and job.health.finished is None:
        reason = (
            f"{job.ref} is being deleted: {job.health.message or 'what it was is decided once it is gone'}"
        )
        yield Hold(node, HoldKind.WAITING, reason, at)
    elif job.health.finished is None:
        line = waits_at(run.workload[-1], job.health.message, at) if run else at
        yield Hold(node, HoldKind.WAITING, _waits_for(job.health, "runs"), line)
    else:
        yield _ended(world, record, run, job, Step(node, Verb.RECORD, "", at))


def _ended(world: World, record: Record, run: Run | None, job: Observed, step: Step) -> Outcome:
    """Last words are lost with the Pod that said them, when nobody listened: the record beside the artifact has them too."""
    if run is None or not said_nothing(job):
        return recorded(record, job.health, step, world.now.text)
    found = find(world, record, LOOKUP)
    if found is None:
        return in_the_way(world, run, record) or _ask(world, run, record)
    if is_older(found, job):
        return Hold(run.node, HoldKind.WAITING, f"{found.ref}, of before it began, goes first", run.at)
    words = _answer(run, found)
    if isinstance(words, Hold):
        return words
    told = found.health.words if words.found else ""
    return recorded(record, replace(job.health, words=told), step, world.now.text)


def _judge(world: World, run: Run, record: Record) -> Iterator[Outcome]:
    verdicts = missing_verdicts(record, run.accept, world.now.text)
    if verdicts:
        judged = replace(record, verdicts=(*record.verdicts, *verdicts))
        yield AdvanceRecord(
            Step(run.node, Verb.JUDGE, "; ".join(v.reason for v in verdicts), verdicts_at(run)), judged
        )
    for rule in run.accept:
        verdict = record.verdict_on(rule.digest)
        if verdict is not None and not verdict.accepted:
            yield Hold(run.node, _rejection_kind(run), _rejection(record, verdict.reason), rule.at)


def _rejection_kind(run: Run) -> HoldKind:
    """Drift is watched, and holds nothing back."""
    return HoldKind.NOTE if run.kind is RunKind.DRIFT else HoldKind.BLOCKED


def _rejection(record: Record, reason: str) -> str:
    problems = f" ({'; '.join(record.problems[:3])})" if record.problems else ""
    return f"{record.name} is rejected: {reason}{problems}"


def _failed(world: World, run: Run, record: Record) -> Hold | AdvanceRecord:
    if run.attempt > record.attempt:
        step = Step(
            run.node, Verb.CLAIM, f"attempt {record.attempt + 1} of {record.name}, as the spec asks", run.at
        )
        return AdvanceRecord(step, replace(record, phase=Phase.QUEUED, attempt=record.attempt + 1, reason=""))
    again = NEXT.get(run.kind, f"mend it, or write `attempt: {record.attempt + 1}` to try the same again")
    reason = f"{record.name} failed: {record.reason}; {again}"
    job = find(world, record, WORKLOAD)
    at = failed_at(run.workload[-1], job.health.exit_code, record.reason, run.at) if job else run.at
    return Hold(run.node, _rejection_kind(run), reason, at)


def verdicts_at(run: Run) -> tuple[str | int, ...]:
    return run.accept[0].at if run.accept else run.at


def workload_of(world: World, record: Record) -> Observed | None:
    """Of the current attempt, on its way out or not."""
    return find(world, record, WORKLOAD) or find(world, record, WORKLOAD, is_going=True)


def find(world: World, record: Record, role: str, *, is_going: bool = False) -> Observed | None:
    """The Job of this record in this role, or one that is on its way out; of a workload, that of the current attempt.

    The answer to a look-up is as old as the record; what is asked of the model before it serves is asked anew.
    """
    for observed in world.state.objects.values():
        if observed.ref.kind != "Job" or observed.labels.get(RECORD_LABEL) != record.name:
            continue
        is_current = role != WORKLOAD or observed.ref.name == record.workload
        is_so = observed.ours and observed.deleting == is_going
        if is_current and observed.labels.get(ROLE_LABEL) == role and is_so:
            return observed
    return None


def bind(world: World, body: object, record: Record, role: str) -> dict[str, object]:
    """A run's object with its slots filled from the record."""
    values = record.slot_values()

    def value_of(slot: Slot) -> str:
        match slot.kind:
            case SlotKind.INPUT:
                return record.inputs.directories[slot.name]
            case SlotKind.MODEL:
                return record.inputs.model_directory
            case SlotKind.MODEL_DIGEST:
                return record.inputs.model_digest
            case SlotKind.MODEL_KEY:
                return record.inputs.model
            case _:
                return values[slot.kind]

    return run_object(fill(body, value_of), world.bundle, record, role)


def _waits_for(health: Health, doing: str) -> str:
    return f"{doing}: {health.message}" if health.message else doing
