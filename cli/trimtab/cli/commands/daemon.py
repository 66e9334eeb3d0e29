"""`trimtab daemon`: follow a git branch, and keep the live system true to its newest commit that compiles."""

from __future__ import annotations

import argparse
import asyncio
import signal
from contextlib import suppress

from trimtab.cli import options, systems
from trimtab.cli.exits import Exit
from trimtab.cli.following import following
from trimtab.cli.help import describe
from trimtab.cli.render.journal import Journal
from trimtab.cli.terminal import say
from trimtab.reconciler.daemon import Daemon


def add_arguments(parser: argparse.ArgumentParser) -> None:
    describe(
        parser,
        "Follow a git branch and the live system: a commit is applied, what was killed or changed is healed, "
        "schedules are kept. A commit that is not right changes nothing. Ends with Ctrl-C; what runs goes on.",
        ("trimtab daemon", "this repository's current branch"),
        ("trimtab daemon --branch release -e prod", "another branch, another environment"),
        ("trimtab daemon --repo https://example.com/risk.git fraud/mlsystem.yaml -e prod", "a remote one"),
    )
    options.spec(parser)
    options.environment(parser)
    parser.add_argument("--repo", metavar="URL", help="the repository (default: the one the spec is in)")
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
    return systems.run(_daemon(args), for_long=True)


async def _daemon(args: argparse.Namespace) -> Exit:
    task = asyncio.create_task(Daemon(following(args), Journal()).run())
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    with suppress(asyncio.CancelledError):
        await task
    say("no longer following; what runs goes on")
    return Exit.OK
