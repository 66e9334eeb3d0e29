"""`carry_out(action)`: the only place that writes. One action is one write, or a list of creates that may be repeated.

Refusals by the engine come back as values and are remembered, so that the same thing is not asked twice; a write that
lost a race is simply planned again from what is there now.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from trimtab.compiler.bundle import Bundle, Ref
from trimtab.compiler.packed import unpacked
from trimtab.reconciler import applied, ledger
from trimtab.reconciler.actions import (
    Action,
    AdoptObject,
    AdvanceRecord,
    ApplyObject,
    CreateObjects,
    DeleteObject,
    KeepBundle,
    OpenRecord,
    Verb,
    WriteSystem,
)
from trimtab.reconciler.cluster import (
    AlreadyExists,
    Cluster,
    ClusterUnavailable,
    Conflict,
    Lease,
    Observed,
    Rejected,
    Stale,
)
from trimtab.reconciler.desired import LOOKUP, ROLE_LABEL, namespace_ref, system_ref
from trimtab.reconciler.immutable import is_refused_as_fixed
from trimtab.reconciler.ledger import Phase
from trimtab.reconciler.lingering import Left, pods_left
from trimtab.reconciler.mirror import Mirror
from trimtab.reconciler.object_planning import FIGHT, FIGHT_SECONDS
from trimtab.reconciler.relabelling import brought_back
from trimtab.reconciler.state import Baseline, Problem
from trimtab.reconciler.system import is_detail

STATUS_SECONDS, LONGER, MOST_SECONDS = 45.0, 4, 300.0
"""How soon a status tells nothing but how far things that are under way have come; how many times longer the next such
news have to wait, and how long at most: a wait of hours costs an API server no more than a few writes."""

NEWS_SECONDS, LOOKS = 0.5, 3
"""How long, and how often, a watch is waited for that has not told yet of what a write has found."""


class LeaseLost(Exception):
    """Another writer may hold the system now; nothing more is written."""


@dataclass
class Memory:
    """What this process knows beyond its watch. All of it may be lost: it costs one apply an object."""

    baseline: dict[Ref, Baseline] = field(default_factory=dict)
    problems: dict[Ref, Problem] = field(default_factory=dict)
    stays: dict[str, str] = field(default_factory=dict)
    """By wish: why what was to be deleted is still there."""
    heals: dict[tuple[Ref, str], list[float]] = field(default_factory=dict)
    """By object and the desired state that it was brought back to: another one is no part of the fight."""
    lingering: dict[str, Left] = field(default_factory=dict)
    """By record that is to be looked up: Pods that compute it still."""
    told: float = float("-inf")
    """When the system's status was last written."""
    pause: float = STATUS_SECONDS
    """How long after that news of details have to wait."""
    clock: Callable[[], float] = time.monotonic

    def ask_again(self) -> None:
        """Whatever was refused may be taken by now. That a namespace is another system's is no refusal."""
        self.problems = {ref: p for ref, p in self.problems.items() if p.met and ref.is_namespace}
        self.stays = {}

    def corrections(self) -> dict[tuple[Ref, str], int]:
        """Heals of late, of what was changed or taken away; older ones are forgotten."""
        recent = {healed: self._of_late(times) for healed, times in self.heals.items()}
        self.heals = {healed: times for healed, times in recent.items() if times}
        return {healed: len(times) for healed, times in self.heals.items()}

    def _of_late(self, times: list[float]) -> list[float]:
        """A fight is remembered as a whole, until it has rested."""
        horizon = self.clock() - FIGHT_SECONDS
        rests = len(times) > FIGHT and times[-1] > horizon
        return times if rests else [at for at in times if at > horizon]

    def told_lately(self) -> bool:
        return self.clock() - self.told < self.pause

    def tell(self, *, is_detail: bool) -> None:
        """The status has been written now. Who waits for long is told of its details ever more seldom."""
        self.pause = min(LONGER * self.pause, MOST_SECONDS) if is_detail else STATUS_SECONDS
        self.told = self.clock()


@dataclass(frozen=True, slots=True)
class Hand:
    """All that a write needs."""

    cluster: Cluster
    lease: Lease
    bundle: Bundle
    mirror: Mirror
    memory: Memory


async def carry_out(hand: Hand, action: Action) -> bool:
    """Whether what was planned after it still holds: nothing of a bundle is applied that could not be kept, and nothing
    new of a system that is refused."""
    if not hand.lease.valid():
        raise LeaseLost(f"the lease on {hand.bundle.system} is no longer ours")
    match action:
        case ApplyObject():
            return await _apply(hand, action) or not _bears_the_rest(hand.bundle, action.ref)
        case AdoptObject():
            await _adopt(hand, action)
        case DeleteObject():
            await _delete(hand, action)
        case OpenRecord():
            await _open(hand, action)
        case AdvanceRecord():
            await _advance(hand, action)
        case CreateObjects():
            if not await _is_computed_still(hand, action):
                await _create(hand, action.bodies, action.wish)
        case KeepBundle():
            return await _keep(hand, action)
        case WriteSystem():
            await _write_system(hand, action)
    return True


def _bears_the_rest(bundle: Bundle, ref: Ref) -> bool:
    return ref in (namespace_ref(bundle), system_ref(bundle))


async def _apply(hand: Hand, action: ApplyObject) -> bool:
    """Whether it was taken."""
    cluster, memory = hand.cluster, hand.memory
    answer: Observed | AlreadyExists | Conflict | Stale | Rejected
    if action.is_new:
        answer = await cluster.apply_new(unpacked(action.body))
    else:
        answer = await cluster.apply(unpacked(action.body), force=action.force, uid=action.uid)
    if isinstance(answer, Stale):
        _forget(hand, action)
    elif isinstance(answer, Observed):
        was_taken_away = action.step.verb is Verb.CREATE and action.ref in memory.baseline
        memory.baseline[action.ref] = Baseline(action.desired, answer.own)
        memory.problems.pop(action.ref, None)
        hand.mirror.note(answer)
        if action.force or was_taken_away:
            memory.heals.setdefault((action.ref, action.desired), []).append(memory.clock())
    else:
        memory.problems[action.ref] = _problem(action.desired, answer)
    return isinstance(answer, Observed)


async def _adopt(hand: Hand, action: AdoptObject) -> None:
    """How it would look if it were applied now: where it does look so, nothing has to be written."""
    answer = await hand.cluster.apply(unpacked(action.body), force=True, dry_run=True, uid=action.uid)
    if isinstance(answer, Stale):
        _forget(hand, action)
    elif isinstance(answer, Observed):
        met = hand.memory.problems.pop(action.ref, None)
        if met is not None and met.met is not None:
            hand.mirror.note(met.met)
        hand.memory.baseline[action.ref] = Baseline(action.desired, answer.own)
    else:
        hand.memory.problems[action.ref] = _problem(action.desired, answer)


def _forget(hand: Hand, action: ApplyObject | AdoptObject) -> None:
    """What was to be written to has gone, and another may have its name: what is there is looked at again."""
    hand.memory.problems.pop(action.ref, None)
    hand.mirror.forget(action.ref, action.uid)


def _problem(desired: str, answer: Conflict | Rejected | AlreadyExists) -> Problem:
    if isinstance(answer, AlreadyExists):
        return Problem(desired, answer.manager, met=answer.observed)
    if isinstance(answer, Conflict):
        path = answer.paths[0] if answer.paths else ()
        field_name = ".".join(str(part) for part in path)
        return Problem(desired, f"{answer.manager} owns {field_name}: nothing was written", path)
    cause = answer.causes[0] if answer.causes else None
    fixed = is_refused_as_fixed(answer)
    return Problem(desired, f"refused: {answer.message}", cause.path if cause else (), fixed)


async def _delete(hand: Hand, action: DeleteObject) -> None:
    answer = await hand.cluster.delete(action.ref, uid=action.uid, revision=action.revision)
    if isinstance(answer, Rejected):
        hand.memory.stays[action.wish] = f"the deletion of {action.ref} is refused: {answer.message}"
    elif answer is None:
        hand.memory.baseline.pop(action.ref, None)
        hand.memory.problems.pop(action.ref, None)
        hand.memory.stays.pop(action.wish, None)
        await _await_news(hand, action.ref)


async def _await_news(hand: Hand, ref: Ref) -> None:
    """A delete answers nothing to note: wait a moment for the watch to tell, so as not to ask twice."""
    known = hand.mirror.objects.get(ref)
    if known is not None and not known.deleting and await hand.mirror.wait(NEWS_SECONDS):
        hand.mirror.changed.set()


async def _open(hand: Hand, action: OpenRecord) -> None:
    body = ledger.to_body(action.record, hand.bundle.system, hand.bundle.namespace)
    answer = await hand.cluster.create(body)
    if isinstance(answer, Observed):
        hand.mirror.note(answer)
        return
    ref = ledger.ref_of(action.record, hand.bundle.namespace)
    if problem := await _not_created(hand, ref, action.wish, answer):
        hand.memory.problems[ref] = problem


async def _advance(hand: Hand, action: AdvanceRecord) -> None:
    known = hand.mirror.records.get(action.record.name)
    if known is None or known.revision != action.record.revision:
        return
    if action.record.phase is Phase.LOST:
        bundle = hand.bundle
        workload = await brought_back(hand.cluster, bundle.system, bundle.namespace, action.record)
        if workload is not None:
            hand.mirror.note(workload)
            return
    ref = ledger.ref_of(action.record, hand.bundle.namespace)
    status = ledger.to_status(action.record)
    answer = await hand.cluster.set_status(ref, status, revision=action.record.revision)
    _note_status(hand, ref, answer)


async def _is_computed_still(hand: Hand, action: CreateObjects) -> bool:
    """By Pods whose Job is gone: what they make of the run is for its look-up to find, once they have ended."""
    if not any(body["metadata"]["labels"].get(ROLE_LABEL) == LOOKUP for body in action.bodies):
        return False
    pods = await pods_left(hand.cluster, hand.bundle.namespace, action.owner)
    if pods:
        hand.memory.lingering[action.owner] = Left(pods, hand.memory.clock())
    return bool(pods)


async def _create(hand: Hand, bodies: Sequence[Mapping[str, Any]], wish: str) -> bool:
    for body in bodies:
        answer = await hand.cluster.create(body)
        if isinstance(answer, Observed):
            hand.mirror.note(answer)
            continue
        metadata = body["metadata"]
        ref = Ref(body["apiVersion"], body["kind"], metadata["namespace"], metadata["name"])
        if problem := await _not_created(hand, ref, wish, answer):
            hand.memory.problems[ref] = problem
            return False
    return True


async def _keep(hand: Hand, action: KeepBundle) -> bool:
    kept = applied.pack(action.applied)
    hand.mirror.known = (kept,)
    parts = applied.parts(kept, hand.bundle.system, hand.bundle.namespace)
    return await _create(hand, parts, kept.digest)


async def _not_created(hand: Hand, ref: Ref, wish: str, answer: AlreadyExists | Rejected) -> Problem | None:
    """None where it is there, and ours: a creation may be repeated."""
    if isinstance(answer, Rejected):
        return _problem(wish, answer)
    for _ in range(LOOKS):
        if ref not in hand.mirror.objects and await hand.mirror.wait(NEWS_SECONDS):
            hand.mirror.changed.set()
    if ref in hand.mirror.objects:
        return None
    label = f"{ledger.SYSTEM_LABEL}={hand.bundle.system}"
    return Problem(
        wish, f"there is a {ref} already, without the label {label}: give it the label, or delete it"
    )


async def _write_system(hand: Hand, action: WriteSystem) -> None:
    record = hand.mirror.system
    if record is None:
        return
    ref = system_ref(hand.bundle)
    answer = await hand.cluster.set_status(ref, action.status, revision=record.revision)
    if isinstance(answer, Observed):
        hand.memory.tell(is_detail=is_detail(record.status, action.status))
    _note_status(hand, ref, answer)


def _note_status(hand: Hand, ref: Ref, answer: Observed | Stale | Rejected) -> None:
    """What can't be written down did not happen: without a ledger nothing goes on."""
    if isinstance(answer, Rejected):
        raise ClusterUnavailable(f"the status of {ref} can't be written: {answer.message}")
    if isinstance(answer, Observed):
        hand.mirror.note(answer)
