"""`trimtab plan`: what `apply` would do now, what follows from it, and what holds the rest back. It changes nothing."""

from __future__ import annotations

import argparse

from trimtab.cli import options, systems
from trimtab.cli.exits import Exit
from trimtab.cli.help import describe
from trimtab.cli.render.consoles import show
from trimtab.cli.render.plan import plan_picture
from trimtab.cli.views.as_json import as_json
from trimtab.cli.views.plan_rows import plan_view


def add_arguments(parser: argparse.ArgumentParser) -> None:
    describe(
        parser,
        "Show what apply would do, each step with its reason and its line of the spec.",
        ("trimtab plan", "what a change of the spec leads to"),
        ("trimtab plan --exit-code", "exit with 1 if there is anything to do, for scripts"),
        ("trimtab plan --server", "let the cluster judge each object too, by a dry run"),
        ("trimtab plan --output json", "for programs"),
    )
    options.spec(parser)
    options.environment(parser)
    options.output(parser, "text", "json")
    parser.add_argument(
        "--server", action="store_true", help="ask the engine what it would refuse; exit with 1 if it would"
    )
    parser.add_argument("--exit-code", action="store_true", help="exit with 1 if there is anything to do")


def run(args: argparse.Namespace) -> Exit:
    return systems.run(_plan(args))


async def _plan(args: argparse.Namespace) -> Exit:
    target = await systems.target(args, warn=True)
    sight = await systems.look(target, try_out=args.server)
    view = plan_view(sight.plan, target.locate, sight.trials if args.server else None)
    if args.output == "json":
        print(as_json(view))
    else:
        show(plan_picture(view, target.bundle.system, target.bundle.environment))
    refused = not all(trial.is_fine for trial in sight.trials)
    return Exit.FINDINGS if refused or (args.exit_code and not view.is_empty) else Exit.OK
