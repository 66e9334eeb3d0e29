"""A system on its engine, of a spec that compiles: the connection, the right to write, a started loop.

It decides nothing about the system, and knows nothing of the language: a daemon holds this for months. It refuses,
before anything is written, what can't be one system: another source, environment or cluster than recorded, a second writer.
"""

from __future__ import annotations

import getpass
import os
import platform
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from enum import Enum, auto
from pathlib import Path
from typing import TYPE_CHECKING

from trimtab.compiler.bundle import Bundle
from trimtab.compiler.packed import unpacked
from trimtab.reconciler import identity, rights
from trimtab.reconciler.actions import ApplyObject, Step, Verb
from trimtab.reconciler.addresses import Origin, Target
from trimtab.reconciler.cluster import Cluster, HeldBy, Lease, Observed
from trimtab.reconciler.desired import desired_object, namespace_ref
from trimtab.reconciler.identity import Identity
from trimtab.reconciler.ledger import API_VERSION, SYSTEM_LABEL
from trimtab.reconciler.loop import Listener, Loop
from trimtab.reconciler.mirror import kinds_of
from trimtab.reconciler.refusals import NotPrepared, Refused, SystemHeld
from trimtab.reconciler.state import Baseline, Problem

if TYPE_CHECKING:
    from trimtab.reconciler.kubernetes import KubernetesCluster


def state_directory(spec: Path, environment: str) -> Path:
    return spec.resolve().parent / ".trimtab" / environment


async def connect_here(state: Path) -> Cluster:
    from trimtab.reconciler.local.client import LocalCluster

    local = LocalCluster(state)
    await local.connect()
    return local


async def connect_to(target: Target, *, all_systems: bool = False) -> KubernetesCluster:
    """A cluster that knows our kinds. Raises ClusterUnavailable, NotPrepared."""
    from trimtab.reconciler.kubernetes import KubernetesCluster, of_context

    cluster = KubernetesCluster(of_context(target.context), all_systems=all_systems)
    try:
        for kind in ("MLSystem", "Run"):
            if await cluster.discovery.resource(API_VERSION, kind) is None:
                raise NotPrepared(
                    f"cluster `{target.name}` does not know the kind {kind} of {API_VERSION}: "
                    f"an administrator installs it, once, with `trimtab cluster install --context {target.context}`"
                )
    except BaseException:
        await cluster.close()
        raise
    return cluster


class Purpose(Enum):
    """What a system is opened for. To look, it needs no Lease; to delete it, no Namespace is made."""

    LOOK = auto()
    KEEP = auto()
    DELETE = auto()


@asynccontextmanager
async def begun(
    bundle: Bundle,
    origin: Origin,
    cluster: Cluster,
    listener: Listener,
    to: Purpose = Purpose.KEEP,
    *,
    take_over: bool = False,
    alone: bool = False,
) -> AsyncIterator[Loop]:
    """A started loop on the system. `alone`: nobody else uses the watches of this connection."""
    info = await cluster.inspect()
    if to is not Purpose.LOOK:
        await check_rights(cluster, bundle)
    loop = Loop(cluster, info, _ReadOnly(), bundle, origin, listener)
    if to is Purpose.KEEP:
        await _make_the_namespace(cluster, loop, listener)
    if to is not Purpose.LOOK:
        loop.lease = await _lease(cluster, bundle)
    del bundle  # that of a newer commit takes its place in the loop
    loop.takes_over = take_over
    try:
        await loop.start(makes=alone and to is Purpose.KEEP)
        if to is not Purpose.LOOK and not take_over:
            _check_identity(loop, Identity(origin.source, loop.bundle.environment, info.uid))
        yield loop
    finally:
        await loop.stop()
        await loop.lease.release()


async def check_rights(cluster: Cluster, bundle: Bundle) -> None:
    """Before anything is written: half of a system is worse than none. Raises NotPrepared."""
    needed = rights.of_bundle(bundle, kinds_of(bundle))
    who, missing = await cluster.lacking(needed, bundle.namespace)
    if missing:
        raise NotPrepared(rights.sentence(missing, who, bundle.namespace))


async def _make_the_namespace(cluster: Cluster, loop: Loop, listener: Listener) -> None:
    """By a first apply alone. An API server takes 50 ms to say of a Lease that its namespace is not there."""
    bundle, memory = loop.bundle, loop.memory
    ref = namespace_ref(bundle)
    asked = next((m for m in bundle.manifests if m.ref == ref), None)
    if asked is None:
        return
    body, desired = desired_object(asked.body, bundle)
    found = await cluster.make_namespace(unpacked(body))
    if isinstance(found, Observed):
        step = Step(asked.node, Verb.CREATE, "it does not exist", asked.origin(()))
        listener.acted(ApplyObject(step, asked.ref, body, desired, is_new=True))
        memory.baseline[asked.ref] = Baseline(desired, found.own)
        loop.mirror.note(found)
    elif found is not None and found.observed is not None:
        if _is_seen(found.observed, bundle):
            loop.mirror.note(found.observed)
        else:
            memory.problems[asked.ref] = Problem(desired, found.manager, met=found.observed)


def _is_seen(namespace: Observed, bundle: Bundle) -> bool:
    """Whether our watches tell of it, and whatever becomes of it."""
    return namespace.labels.get(SYSTEM_LABEL) == bundle.system


async def _lease(cluster: Cluster, bundle: Bundle) -> Lease:
    place = (bundle.namespace, bundle.system)
    answer = await cluster.acquire(*place, holder())
    if not isinstance(answer, HeldBy):
        return answer
    if answer.holder == holder():
        sentence = (
            f"namespace {bundle.namespace} has two specs of a system {bundle.system}, and this process keeps the other: "
            "name one of them differently"
        )
    else:
        sentence = f"{answer.holder} is writing {bundle.system} since {answer.since}; wait for it, or stop it"
    raise SystemHeld(sentence, *place)


def holder() -> str:
    return f"{getpass.getuser()}@{platform.node()} (process {os.getpid()})"


def _check_identity(loop: Loop, ours: Identity) -> None:
    known = identity.recorded(loop.bundle, loop.mirror.system, loop.mirror.applied)
    sentence = identity.refusal(loop.bundle.system, ours, known)
    if sentence:
        raise Refused(sentence)


class _ReadOnly:
    def valid(self) -> bool:
        return False

    async def release(self) -> None:
        pass
