"""`trimtab cluster inspect`: what a cluster can do, written beside the spec, where commits are judged by it."""

from __future__ import annotations

import argparse
from pathlib import Path

from trimtab.cli import clusters, files, options, specs, systems
from trimtab.cli.exits import Exit
from trimtab.cli.help import describe
from trimtab.cli.terminal import say
from trimtab.compiler.cluster_facts import to_text
from trimtab.compiler.cluster_files import file_name
from trimtab.reconciler.kubernetes.inspecting import inspect


def add_arguments(parser: argparse.ArgumentParser) -> None:
    describe(
        parser,
        "Read what a cluster can do (its version, kinds, storage classes, GPUs, queues, ...) into clusters/<name>.json "
        "beside the spec. Commit it: names and kinds are then checked before anything is applied.",
        ("trimtab cluster inspect -e prod", "the cluster that this environment runs on"),
        ("trimtab cluster inspect --context staging", "a context, without a spec"),
        ("trimtab cluster inspect -e prod --check", "exit with 1 if the file is no longer true"),
    )
    options.spec(parser)
    options.environment(parser)
    options.context(parser)
    parser.add_argument(
        "--check", action="store_true", help="write nothing; exit with 1 if the file is stale"
    )


def run(args: argparse.Namespace) -> Exit:
    return systems.run(_inspect(args))


async def _inspect(args: argparse.Namespace) -> Exit:
    name, context, folder = await _place(args)
    async with clusters.connected(context) as cluster:
        facts, unread = await inspect(cluster.connection, cluster.discovery)
    for each in unread:
        say(f"unknown: {each}")
    path, text = folder / file_name(name), to_text(facts)
    stale = not path.is_file() or files.read(path) != text
    if stale and not args.check:
        path.parent.mkdir(exist_ok=True)
        files.write(path, text)
    say(f"{path}: {('out of date' if args.check else 'written') if stale else 'up to date'}")
    return Exit.FINDINGS if stale and args.check else Exit.OK


async def _place(args: argparse.Namespace) -> tuple[str, str, Path]:
    """The cluster's name, its context, and the folder that its file is for."""
    if args.context is not None and args.environment is None and args.spec is None:
        return args.context, args.context, Path.cwd()
    cluster = await clusters.of_environment(args)
    return cluster.name, args.context or cluster.context, specs.one(args.spec).resolve().parent
