"""Opening the system that a command is about: its spec read and compiled, its engine reached.

Whatever stands in the way is told as everything else is told here: findings with their lines, or one sentence.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from trimtab.cli import specs
from trimtab.cli.complaint import Complaint
from trimtab.cli.exits import Exit
from trimtab.cli.findings import tell_findings
from trimtab.cli.running import go_on
from trimtab.cli.running import run as run
from trimtab.compiler.bundle import Bundle
from trimtab.reconciler.actions import Action, Plan
from trimtab.reconciler.addresses import Origin
from trimtab.reconciler.asking import with_reasons
from trimtab.reconciler.cluster import Cluster
from trimtab.reconciler.loop import Listener, Loop
from trimtab.reconciler.opening import Purpose, begun, connect_here, connect_to, state_directory
from trimtab.reconciler.refusals import Refused
from trimtab.reconciler.state import Now, State
from trimtab.reconciler.understood import Understood
from trimtab.reconciler.world import World
from trimtab.spec.positions import Positions, SpecPath

if TYPE_CHECKING:
    from trimtab.reconciler.trial import Trial


@dataclass(frozen=True, slots=True)
class Target:
    """A spec that compiles: what it means, where it comes from, and the lines that it means it in."""

    understood: Understood
    bundle: Bundle
    origin: Origin
    positions: Positions

    def locate(self, path: SpecPath) -> str:
        """`mlsystem.yaml:58`; nothing for what has no place in the spec."""
        if not path:
            return ""
        span = self.positions.key(path)
        return f"{span.file}:{span.line}"

    def world(self, state: State) -> World:
        return World(self.bundle, state, Now(time.time()))


async def target(args: argparse.Namespace, *, warn: bool = False) -> Target:
    """With `warn`, for commands by which something new is made, what is no error is told too."""
    from trimtab.reconciler.preparing import meaning_of, prepare_folder

    path = specs.one(args.spec)
    prepared = await prepare_folder(path, args.environment)
    found = meaning_of(str(path), prepared)
    return Target(found, sound(found, warn=warn), prepared.origin, prepared.resolved.positions)


def target_of(found: Understood, environment: str | None, origin: Origin) -> Target:
    """Of a spec that another process has understood, to make something of it. Its lines are read once somebody asks."""
    positions = Positions.later(partial(_positions, found.texts, found.path, environment))
    return Target(found, sound(found, warn=True), origin, positions)


def sound(found: Understood, *, warn: bool) -> Bundle:
    """Its bundle, if it has one: what is not right is told, and ends the command."""
    if found.bundle is None:
        if not any(diagnostic.is_error for diagnostic in found.diagnostics):
            raise Complaint(
                f"{found.path} is a platform, which means nothing alone", "name the spec of a system in it"
            )
        tell_findings(found.diagnostics, found.texts)
        raise Complaint(
            f"{found.path} is not right, and nothing was done", "mend the lines above", Exit.FINDINGS
        )
    if warn:
        tell_findings(found.diagnostics, found.texts)
    return found.bundle


def _positions(texts: Mapping[str, str], path: str, environment: str | None) -> Positions:
    from trimtab.spec.load import load
    from trimtab.spec.resolve import resolve

    loaded = {file: load(text, file) for file, text in texts.items()}
    spec = loaded.pop(path)
    return resolve(spec, environment, next(iter(loaded.values()), None)).positions


@asynccontextmanager
async def engine(target: Target) -> AsyncIterator[Cluster]:
    go_on()
    found = target.understood
    if found.refusal:
        raise Refused(found.refusal)
    if found.target is None:
        cluster = await connect_here(state_directory(Path(found.path), target.bundle.environment))
    else:
        cluster = await connect_to(found.target)
    try:
        yield cluster
    finally:
        await cluster.close()


def opened(
    target: Target,
    cluster: Cluster,
    listener: Listener,
    to: Purpose = Purpose.KEEP,
    *,
    take_over: bool = False,
) -> AbstractAsyncContextManager[Loop]:
    """A started loop on the system."""
    meant = (target.bundle, target.origin)
    return begun(*meant, cluster, listener, to, take_over=take_over, alone=True)


@dataclass(frozen=True, slots=True)
class Sight:
    """A system as it is at one moment, and what would be done about it."""

    world: World
    plan: Plan
    unenforced: tuple[str, ...]
    trials: tuple[Trial, ...] = ()


async def look(target: Target, *, try_out: bool = False) -> Sight:
    """Without the right to write: a look waits for nobody, and nobody for it. `try_out` asks the engine for a dry run."""
    async with engine(target) as cluster:
        info = await cluster.inspect()
        async with opened(target, cluster, Silent(), Purpose.LOOK) as loop:
            world = target.world(await with_reasons(cluster, loop.state(), loop.bundle.namespace))
            trials = await _tried_out(cluster, world) if try_out else ()
            return Sight(world, loop.planner(loop.bundle, world.state, world.now), info.unenforced, trials)


async def _tried_out(cluster: Cluster, world: World) -> tuple[Trial, ...]:
    from trimtab.reconciler import trial  # `plan --server` alone asks for it

    return await trial.try_out(cluster, world)


class Silent:
    """Listens to a loop that only looks."""

    def planned(self, plan: Plan, state: State) -> None: ...

    def acted(self, action: Action) -> None: ...
