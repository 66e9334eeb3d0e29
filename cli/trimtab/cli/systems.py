"""Opening the system that a command is about: its spec read and compiled, its engine reached.

Whatever stands in the way is told as everything else is told here: findings with their lines, or one sentence.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from trimtab.cli import specs
from trimtab.cli.complaint import Complaint
from trimtab.cli.exits import Exit
from trimtab.cli.findings import tell_findings
from trimtab.cli.running import go_on
from trimtab.cli.running import run as run
from trimtab.compiler.bundle import Bundle
from trimtab.reconciler import trial
from trimtab.reconciler.actions import Action, Plan
from trimtab.reconciler.asking import with_reasons
from trimtab.reconciler.cluster import Cluster
from trimtab.reconciler.session import (
    Prepared,
    connect,
    opened,
    prepare_folder,
    state_directory,
)
from trimtab.reconciler.state import Now, State
from trimtab.reconciler.trial import Trial
from trimtab.reconciler.world import World
from trimtab.spec.positions import SpecPath


@dataclass(frozen=True, slots=True)
class Target:
    """A spec that compiles, and where the state of its environment lies."""

    prepared: Prepared
    bundle: Bundle

    def locate(self, path: SpecPath) -> str:
        """`mlsystem.yaml:58`; nothing for what has no place in the spec."""
        if not path:
            return ""
        span = self.prepared.resolved.positions.key(path)
        return f"{span.file}:{span.line}"

    def world(self, state: State) -> World:
        return World(self.bundle, state, Now(time.time()))


async def target(args: argparse.Namespace, *, warn: bool = False) -> Target:
    """With `warn`, for commands by which something new is made, what is no error is told too."""
    path = specs.one(args.spec)
    prepared = await prepare_folder(path, args.environment)
    if prepared.bundle is None:
        if not any(diagnostic.is_error for diagnostic in prepared.diagnostics):
            raise Complaint(
                f"{path} is a platform, which means nothing alone", "name the spec of a system in it"
            )
        tell_findings(prepared.diagnostics, prepared.texts)
        raise Complaint(f"{path} is not right, and nothing was done", "mend the lines above", Exit.FINDINGS)
    if warn:
        tell_findings(prepared.diagnostics, prepared.texts)
    return Target(prepared, prepared.bundle)


@asynccontextmanager
async def engine(target: Target) -> AsyncIterator[Cluster]:
    prepared = target.prepared
    go_on()
    cluster = await connect(prepared, state_directory(Path(prepared.file), target.bundle.environment))
    try:
        yield cluster
    finally:
        await cluster.close()


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
        async with opened(target.prepared, cluster, Silent(), write=False) as loop:
            world = target.world(await with_reasons(cluster, loop.state()))
            trials = await trial.try_out(cluster, world) if try_out else ()
            return Sight(world, loop.planner(loop.bundle, world.state, world.now), info.unenforced, trials)


class Silent:
    """Listens to a loop that only looks."""

    def planned(self, plan: Plan, state: State) -> None: ...

    def acted(self, action: Action) -> None: ...
