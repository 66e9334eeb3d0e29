"""`trimtab status`: what runs, which model serves and why, and what holds the rest back. It changes nothing."""

from __future__ import annotations

import argparse

from trimtab.cli import options, systems
from trimtab.cli.exits import Exit
from trimtab.cli.help import describe
from trimtab.cli.render.consoles import show
from trimtab.cli.render.system import system_picture
from trimtab.cli.views.as_json import as_json
from trimtab.cli.views.marks import Mark
from trimtab.cli.views.system_view import system_view


def add_arguments(parser: argparse.ArgumentParser) -> None:
    describe(
        parser,
        "Show what runs, which model serves and why, and what holds the rest back. "
        "Exits with 1 while the system is not as its spec says.",
        ("trimtab status", "the system described here"),
        ("trimtab status -e staging", "in another environment"),
        ("trimtab status --output json | jq '.endpoints[].address'", "for programs"),
    )
    options.spec(parser)
    options.environment(parser)
    options.output(parser, "text", "json")


def run(args: argparse.Namespace) -> Exit:
    return systems.run(_status(args))


async def _status(args: argparse.Namespace) -> Exit:
    target = await systems.target(args)
    sight = await systems.look(target)
    view = system_view(sight.world, sight.plan, target.locate, sight.unenforced)
    if args.output == "json":
        print(as_json(view))
    else:
        show(system_picture(view, sight.world.now.seconds))
    return Exit.OK if view.mark is Mark.GOOD else Exit.FINDINGS
