"""`trimtab daemon`: follow a git branch, and keep each live system true to its newest commit that compiles."""

from __future__ import annotations

import argparse
import asyncio
import signal
from contextlib import suppress

from trimtab.cli import options, running
from trimtab.cli.exits import Exit
from trimtab.cli.following import following
from trimtab.cli.help import describe
from trimtab.cli.render.journal import Journal
from trimtab.cli.terminal import say
from trimtab.reconciler.daemon import Daemon


def add_arguments(parser: argparse.ArgumentParser) -> None:
    describe(
        parser,
        "Follow a git branch and the live systems of its specs: a commit is applied, what was killed or changed is "
        "healed, schedules are kept. A spec that is not right, or has left the branch, changes nothing; no system "
        "stops another. Ends with Ctrl-C, between two writes; what runs goes on.",
        (
            "trimtab daemon",
            "every mlsystem.yaml and *.mlsystem.yaml below, of the branch that is checked out",
        ),
        ("trimtab daemon fraud credit/mlsystem.yaml -e prod", "these, in this environment"),
        (
            "trimtab daemon --branch release 'teams/*/mlsystem.yaml'",
            "another branch, and whichever come to it",
        ),
        ("trimtab daemon --repo https://example.com/risk.git -e prod", "all of a remote repository"),
    )
    meaning = "specs, folders or quoted globs of the repository (default: all below)"
    parser.add_argument("specs", nargs="*", metavar="SPEC", help=meaning)
    options.environment(parser)
    parser.add_argument("--repo", metavar="URL", help="the repository (default: the one the specs are in)")
    parser.add_argument("--branch", help="the branch to follow (default: the one checked out, or main)")
    parser.add_argument(
        "--every",
        type=float,
        default=5.0,
        metavar="SECONDS",
        help="how often to look for commits (default: %(default)g)",
    )
    options.take_over(parser)


def run(args: argparse.Namespace) -> Exit:
    return running.run(_daemon(args))


async def _daemon(args: argparse.Namespace) -> Exit:
    running.go_on()
    task = asyncio.create_task(Daemon(following(args), Journal()).run())
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    with suppress(asyncio.CancelledError):
        await task
    say("no longer following; what runs goes on")
    return Exit.OK
