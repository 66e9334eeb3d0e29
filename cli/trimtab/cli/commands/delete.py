"""`trimtab delete`: remove a system. Its runs and models are kept, so that a later apply computes nothing anew."""

from __future__ import annotations

import argparse
import sys
from functools import partial

from trimtab.cli import options, systems
from trimtab.cli.complaint import Complaint
from trimtab.cli.exits import Exit
from trimtab.cli.help import describe
from trimtab.cli.systems import Target
from trimtab.cli.terminal import say
from trimtab.cli.watching import Plain
from trimtab.reconciler.deletion import plan_deletion
from trimtab.reconciler.opening import Purpose


def add_arguments(parser: argparse.ArgumentParser) -> None:
    describe(
        parser,
        "Remove a system: what serves is stopped, its objects are deleted. Runs, models and volumes are kept.",
        ("trimtab delete", "asks first"),
        ("trimtab delete --yes", "for scripts"),
        ("trimtab delete --data", "the volumes too; models stay"),
    )
    options.spec(parser)
    options.environment(parser)
    parser.add_argument("--yes", action="store_true", help="do not ask")
    parser.add_argument(
        "--data", action="store_true", help="delete the volumes too, with all that lies in them"
    )
    meaning = "also where another source, environment or cluster is recorded to keep it"
    parser.add_argument("--take-over", action="store_true", help=meaning)


def run(args: argparse.Namespace) -> Exit:
    return systems.run(_delete(args))


async def _delete(args: argparse.Namespace) -> Exit:
    target = await systems.target(args)
    if not args.yes:
        _ask(target, data=args.data)
    async with (
        systems.engine(target) as cluster,
        systems.opened(target, cluster, Plain(target), Purpose.DELETE, take_over=args.take_over) as loop,
    ):
        loop.planner = partial(plan_deletion, data=args.data)
        await loop.settle()
    say(f"{target.bundle.system} is deleted; its runs and models are kept")
    return Exit.OK


def _ask(target: Target, *, data: bool) -> None:
    system = target.bundle.system
    if not sys.stdin.isatty():
        raise Complaint(f"{system} would be deleted, and nobody is here to say yes", "trimtab delete --yes")
    what = "with all that lies in its volumes" if data else "except for its runs, models and volumes"
    say(f"This deletes {system} on {target.bundle.environment}, {what}.")
    if input(f"Type {system} to go on: ").strip() != system:
        raise Complaint("nothing was deleted")
