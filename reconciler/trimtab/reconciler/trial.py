"""What the engine itself would say of a bundle: every object that differs is applied by a dry run, and nothing is written.

It sees what no table can: webhooks, policies, other managers, what a live object lets change. What can't be tried yet
(an object in a namespace that is not there) is said to be so. Objects whose slots the ledger has not filled are tried
with stand-ins of the right form.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple

from trimtab.compiler.bundle import Manifest, Run, Slot, SlotKind
from trimtab.reconciler import belonging
from trimtab.reconciler.actions import HoldKind
from trimtab.reconciler.cluster import DESIRED, AlreadyExists, Cluster, Observed, Rejected, Stale
from trimtab.reconciler.desired import WORKLOAD, desired_object, run_object
from trimtab.reconciler.immutable import Effect, effect_on, is_refused_as_fixed
from trimtab.reconciler.late import fill, slots
from trimtab.reconciler.ledger import Inputs, Record, record_name
from trimtab.reconciler.world import World
from trimtab.spec.positions import SpecPath


class Judgement(StrEnum):
    TAKEN = "taken"
    REPLACED = "replace"
    REFUSED = "refused"
    CONFLICT = "conflict"
    UNTRIED = "not tried"


@dataclass(frozen=True, slots=True)
class Trial:
    """What was said of one object. `at` is the line that the field comes from which decided it."""

    node: str
    judgement: Judgement
    reason: str
    at: SpecPath

    @property
    def is_fine(self) -> bool:
        return self.judgement in (Judgement.TAKEN, Judgement.UNTRIED)


class Candidate(NamedTuple):
    manifest: Manifest
    node: str
    body: Mapping[str, Any]
    is_new: bool = False
    uid: str = ""


NAMESPACE = ("metadata", "namespace")


async def try_out(cluster: Cluster, world: World) -> tuple[Trial, ...]:
    """One dry run an object that is not as it should be. Raises ClusterUnavailable."""
    return tuple(await asyncio.gather(*(_try(cluster, world, candidate) for candidate in candidates(world))))


def candidates(world: World) -> Iterator[Candidate]:
    """Objects that are to be created or changed, and the workload of each run that has never happened."""
    serving = world.state.system.serving if world.state.system else {}
    keys = {endpoint.training: serving.get(endpoint.name) for endpoint in world.bundle.endpoints}
    for manifest in world.bundle.manifests:
        tree = fill(manifest.body, lambda slot: _served(slot, keys))
        body, desired = desired_object(tree, world.bundle)
        live = world.state.objects.get(manifest.ref)
        unknown = any(keys.get(slot.name) is None for slot in slots(manifest.body))
        differs = live is None or (live.annotations.get(DESIRED) != desired and not unknown)
        if differs:
            uid = live.uid if live is not None else ""
            yield Candidate(manifest, manifest.node, body, is_new=live is None, uid=uid)
    for run in world.bundle.runs:
        if not world.of_recipe(run):
            yield from _workload(world, run)


def _workload(world: World, run: Run) -> Iterator[Candidate]:
    record = _stand_in(world, run)
    for manifest in run.workload:
        body = fill(manifest.body, lambda slot: _of_record(slot, record))
        yield Candidate(manifest, run.node, run_object(body, world.bundle, record, WORKLOAD))


def _stand_in(world: World, run: Run) -> Record:
    key = "v1:" + 64 * "0"
    return Record(
        record_name(run.name, key), run.name, run.kind, key, run.recipe_digest, run.recipe, Inputs()
    )


def _of_record(slot: Slot, record: Record) -> str:
    values = record.slot_values()
    return values[slot.kind] if slot.kind in values else _placeholder(slot)


def _served(slot: Slot, keys: Mapping[str, Any]) -> str:
    served = keys.get(slot.name)
    if served is None:
        return _placeholder(slot)
    found = {
        SlotKind.MODEL: served.directory,
        SlotKind.MODEL_DIGEST: served.digest,
        SlotKind.MODEL_KEY: served.key,
    }
    return str(found[slot.kind])


def _placeholder(slot: Slot) -> str:
    """Of the form that the slot's value will have."""
    match slot.kind:
        case SlotKind.MODEL_DIGEST:
            return "sha256:" + 64 * "0"
        case SlotKind.MODEL_KEY:
            return "v1:" + 64 * "0"
        case _:
            return f"stand-in/{24 * '0'}"


async def _try(cluster: Cluster, world: World, candidate: Candidate) -> Trial:
    manifest, node, body, is_new, uid = candidate
    there = await cluster.apply_new(body, dry_run=True) if is_new else None
    if isinstance(there, AlreadyExists | None):
        answer = await cluster.apply(body, dry_run=True, uid=uid)
    else:
        answer = there
    if isinstance(answer, Observed) and isinstance(there, AlreadyExists) and there.observed is not None:
        objection = belonging.objection(world, manifest, there.observed, there.manager)
        if objection is not None and objection.kind is HoldKind.BLOCKED:
            return Trial(node, Judgement.CONFLICT, objection.reason, objection.at)
    if isinstance(answer, Observed):
        return Trial(node, Judgement.TAKEN, "", manifest.origin(()))
    if isinstance(answer, Rejected):
        return _refusal(candidate, answer)
    if isinstance(answer, Stale):
        return Trial(node, Judgement.UNTRIED, "it was deleted at this moment", manifest.origin(()))
    names = ", ".join(".".join(map(str, path)) for path in answer.paths)
    at = manifest.origin(answer.paths[0] if answer.paths else ())
    return Trial(node, Judgement.CONFLICT, f"{answer.manager} owns {names}, and it is not taken from it", at)


def _refusal(candidate: Candidate, answer: Rejected) -> Trial:
    manifest, node = candidate.manifest, candidate.node
    cause = answer.causes[0] if answer.causes else None
    at = manifest.origin(cause.path if cause else ())
    if cause and cause.path == NAMESPACE:
        return Trial(node, Judgement.UNTRIED, f"namespace {manifest.ref.namespace} is not there yet", at)
    if is_refused_as_fixed(answer) and effect_on(manifest.ref) is Effect.REPLACE:
        return Trial(node, Judgement.REPLACED, f"{answer.message}; it must be deleted and created anew", at)
    return Trial(node, Judgement.REFUSED, answer.message, at)
