"""What `trimtab apply` does once its spec is understood: it holds the system, brings it there, and shows how it stands."""

from __future__ import annotations

import argparse
from pathlib import Path

from trimtab.cli import systems
from trimtab.cli.ahead import Ahead
from trimtab.cli.exits import Exit
from trimtab.cli.live import Curves
from trimtab.cli.terminal import say
from trimtab.cli.watching import watching
from trimtab.reconciler.actions import Plan
from trimtab.reconciler.files import origin_of
from trimtab.reconciler.understood import Understood
from trimtab.reconciler.world import World


def run(args: argparse.Namespace, spec: Path, compiling: Ahead[Understood]) -> Exit:
    try:
        origin = origin_of(spec)  # which asks git, while the spec is compiled
        target = systems.target_of(compiling.result(), args.environment, origin)
        return systems.run(_apply(args, target))
    except KeyboardInterrupt:
        say("\ninterrupted; what was started goes on, and the next `trimtab apply` picks it up")
        return Exit.INTERRUPTED


async def _apply(args: argparse.Namespace, target: systems.Target) -> Exit:
    async with systems.engine(target) as cluster, Curves(cluster, target.bundle.namespace) as curves:
        with watching(target, curves) as listener:
            async with systems.opened(target, cluster, listener, take_over=args.take_over) as loop:
                loop.confirmed = args.confirm
                plan = await loop.settle()
                world = target.world(loop.state())
    _show(world, plan, target, args.output)
    return Exit.OK if plan.is_converged else Exit.FINDINGS


def _show(world: World, plan: Plan, target: systems.Target, output: str) -> None:
    """To import what draws takes as long as a hundred writes, so those go first."""
    from trimtab.cli.views.system_view import system_view

    view = system_view(world, plan, target.locate)
    if output == "json":
        from trimtab.cli.views.as_json import as_json

        print(as_json(view))
        return
    from trimtab.cli.render.consoles import show
    from trimtab.cli.render.outcome import outcome_picture

    show(outcome_picture(view))
