"""`trimtab cluster install`: the kinds that Trimtab adds to a cluster, and its roles. An administrator does it, once."""

from __future__ import annotations

import argparse

from trimtab.cli import clusters, options, systems
from trimtab.cli.complaint import Complaint
from trimtab.cli.exits import Exit
from trimtab.cli.help import describe
from trimtab.cli.terminal import say
from trimtab.compiler import emit
from trimtab.reconciler.kubernetes import installing


def add_arguments(parser: argparse.ArgumentParser) -> None:
    describe(
        parser,
        "Install the kinds MLSystem and Run, and the roles trimtab-writer, trimtab-viewer and trimtab-inspector. "
        "It can be repeated, and binds no role to anybody.",
        ("trimtab cluster install", "in the current context of your kubeconfig"),
        ("trimtab cluster install --context staging --dry-run", "what would change; nothing is written"),
        ("trimtab cluster install --output yaml > trimtab.yaml", "the objects, for another tool to apply"),
    )
    options.context(parser)
    options.output(parser, "text", "yaml")
    parser.add_argument(
        "--dry-run", action="store_true", help="let the cluster judge it all, and write nothing"
    )
    parser.add_argument(
        "--force", action="store_true", help="take over what another tool, or another version, has written"
    )


def run(args: argparse.Namespace) -> Exit:
    if args.output == "yaml":
        print("---\n".join(map(emit.document, installing.objects())), end="")
        return Exit.OK
    return systems.run(_install(args))


async def _install(args: argparse.Namespace) -> Exit:
    context = clusters.context(args.context)
    async with clusters.connected(context) as cluster:
        try:
            async for done in installing.install(cluster, dry_run=args.dry_run, force=args.force):
                would = (
                    "would be " if args.dry_run and done.outcome is not installing.Outcome.UNCHANGED else ""
                )
                print(f"{done.ref}: {would}{done.outcome}")
        except installing.CanNot as error:
            raise Complaint(str(error)) from error
    say(f"nothing was written to {context}" if args.dry_run else f"{context} is ready")
    return Exit.OK
