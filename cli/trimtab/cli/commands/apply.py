"""`trimtab apply`: bring the live system to what the spec says, and show it get there.

It returns when the system is as the spec says, or when nothing more will happen by itself, and then says what holds
it back. It can be interrupted at any point: the next apply goes on from what is there.
"""

from __future__ import annotations

import argparse

from trimtab.cli import options, systems
from trimtab.cli.exits import Exit
from trimtab.cli.help import describe
from trimtab.cli.live import Curves
from trimtab.cli.terminal import say
from trimtab.cli.views.as_json import as_json
from trimtab.cli.views.system_view import SystemView, system_view
from trimtab.cli.watching import watching
from trimtab.reconciler.session import opened


def add_arguments(parser: argparse.ArgumentParser) -> None:
    describe(
        parser,
        "Make the live system what the spec says: objects, runs, and the models that serve. "
        "Returns when it is, or says what holds it back and exits with 1.",
        ("trimtab apply", "the system described here"),
        ("trimtab apply examples/digits", "another folder's"),
        ("trimtab apply -e staging", "in another environment"),
    )
    options.spec(parser)
    options.environment(parser)
    options.output(parser, "text", "json")
    parser.add_argument(
        "--confirm", metavar="CODE", default="", help="say yes to the deletions that apply asked about"
    )
    options.take_over(parser)


def run(args: argparse.Namespace) -> Exit:
    try:
        return systems.run(_apply(args))
    except KeyboardInterrupt:
        say("\ninterrupted; what was started goes on, and the next `trimtab apply` picks it up")
        return Exit.INTERRUPTED


async def _apply(args: argparse.Namespace) -> Exit:
    target = await systems.target(args, warn=True)
    async with systems.engine(target) as cluster, Curves(cluster, target.bundle.namespace) as curves:
        with watching(target, curves) as listener:
            async with opened(target.prepared, cluster, listener, take_over=args.take_over) as loop:
                loop.confirmed = args.confirm
                plan = await loop.settle()
                view = system_view(target.world(loop.state()), plan, target.locate)
    if args.output == "json":
        print(as_json(view))
    else:
        _show(view)
    return Exit.OK if plan.is_converged else Exit.FINDINGS


def _show(view: SystemView) -> None:
    """To import what draws takes as long as a hundred writes, so those go first."""
    from trimtab.cli.render.consoles import show
    from trimtab.cli.render.outcome import outcome_picture

    show(outcome_picture(view))
