"""`trimtab logs`: what a run or an endpoint writes, one line after the other, of all its processes."""

from __future__ import annotations

import argparse
import json

from trimtab.cli import options, systems
from trimtab.cli.complaint import Complaint
from trimtab.cli.exits import Exit
from trimtab.cli.help import describe
from trimtab.cli.terminal import say
from trimtab.cli.views.curve import spoken
from trimtab.cli.views.ledger import find_record
from trimtab.compiler.bundle import Ref
from trimtab.reconciler.world import World


def add_arguments(parser: argparse.ArgumentParser) -> None:
    describe(
        parser,
        "Print what a run or an endpoint writes. With several processes, each line says which wrote it.",
        ("trimtab logs classifier", "the newest run of that name"),
        ("trimtab logs classifier-2f8a91bc0d --tail 20", "the last lines of exactly that one"),
        ("trimtab logs scorer --follow", "an endpoint's, until Ctrl-C"),
    )
    parser.add_argument(
        "name", metavar="NAME", help="the name of a run, of a record of it, or of an endpoint"
    )
    parser.add_argument("-F", "--follow", action="store_true", help="go on as new lines come")
    parser.add_argument("--tail", type=int, metavar="N", help="the last N lines of each process")
    options.spec(parser, option=True)
    options.environment(parser)
    options.output(parser, "text", "json")


def run(args: argparse.Namespace) -> Exit:
    if args.tail is not None and args.tail < 0:
        raise Complaint(f"--tail {args.tail} is not a number of lines", "trimtab logs --help")
    return systems.run(_logs(args))


async def _logs(args: argparse.Namespace) -> Exit:
    target = await systems.target(args)
    ref, ended = _subject((await systems.look(target)).world, args.name)
    wrote = False
    async with systems.engine(target) as cluster:
        async for line in cluster.logs(ref, follow=args.follow, tail=args.tail):
            wrote = True
            if spoken(line.text) is None:
                text = json.dumps(line._asdict()) if args.output == "json" else f"{line.pod}  {line.text}"
                print(text, flush=args.follow)
    if ended and not wrote:
        say(f"{ended} has ended and its Pods are gone: what they wrote is with whatever collects logs there")
    return Exit.OK


def _subject(world: World, name: str) -> tuple[Ref, str]:
    """What writes, and the record of it if that is over."""
    for endpoint in world.bundle.endpoints:
        if endpoint.name == name:
            return endpoint.deployment, ""
    record = find_record(world, name)
    ref = Ref("batch/v1", "Job", world.bundle.namespace, record.workload)
    return ref, record.name if record.is_over else ""
