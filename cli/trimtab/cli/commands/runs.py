"""`trimtab runs`: every run of the ledger, newest first, or one of them with its numbers drawn. It changes nothing."""

from __future__ import annotations

import argparse

from trimtab.cli import options, systems
from trimtab.cli.exits import Exit
from trimtab.cli.help import describe
from trimtab.cli.render.consoles import show
from trimtab.cli.render.runs import run_picture, runs_table
from trimtab.cli.terminal import say
from trimtab.cli.views.as_json import as_json
from trimtab.cli.views.ledger import find_record, ledger_rows, run_view


def add_arguments(parser: argparse.ArgumentParser) -> None:
    describe(
        parser,
        "List the runs of a system, newest first, or show one: what it read, what it made, its metrics as plots.",
        ("trimtab runs", "all of them"),
        ("trimtab runs classifier", "the newest run of that name"),
        ("trimtab runs classifier-2f8a91bc0d", "exactly that one"),
        ("trimtab runs --output json | jq '.[].metrics'", "for programs"),
    )
    parser.add_argument("name", nargs="?", metavar="RUN", help="the name of a run, or of a record of it")
    options.spec(parser, option=True)
    options.environment(parser)
    options.output(parser, "text", "json")


def run(args: argparse.Namespace) -> Exit:
    return systems.run(_runs(args))


async def _runs(args: argparse.Namespace) -> Exit:
    target = await systems.target(args)
    world = (await systems.look(target)).world
    if args.name:
        view = run_view(world, find_record(world, args.name), target.locate)
        print(as_json(view)) if args.output == "json" else show(run_picture(view))
        return Exit.OK
    rows = ledger_rows(world, target.locate)
    if args.output == "json":
        print(as_json(rows))
    elif rows:
        show(runs_table(rows, by_record=True))
    else:
        say("nothing has run yet; next: trimtab apply")
    return Exit.OK
