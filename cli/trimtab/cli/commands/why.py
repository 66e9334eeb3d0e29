"""`trimtab why`: the line of the spec that a field of a manifest comes from. It reads the spec alone."""

from __future__ import annotations

import argparse

from trimtab.cli import options, systems
from trimtab.cli.exits import Exit
from trimtab.cli.findings import snippet
from trimtab.cli.help import describe
from trimtab.cli.views.as_json import as_json
from trimtab.cli.views.origin import Origin, origin


def add_arguments(parser: argparse.ArgumentParser) -> None:
    describe(
        parser,
        "Name the line of the spec that an object, or one field of it, comes from; "
        "for a field that somebody else writes, who that is.",
        ("trimtab why deployment/scorer", "the object"),
        ("trimtab why deployment/scorer spec.replicas", "one field"),
        ("trimtab why job/classifier spec.template.spec.containers[0].image", "of a run's workload"),
    )
    parser.add_argument("object", metavar="KIND/NAME", help="an object; a run's by the name of the run")
    parser.add_argument("field", nargs="?", default="", metavar="FIELD", help="a path inside it")
    options.spec(parser, option=True)
    options.environment(parser)
    options.output(parser, "text", "json")


def run(args: argparse.Namespace) -> Exit:
    return systems.run(_why(args))


async def _why(args: argparse.Namespace) -> Exit:
    target = await systems.target(args)
    found, span = origin(target.bundle, target.positions, args.object, args.field)
    print(
        as_json(found)
        if args.output == "json"
        else _text(found) + snippet(target.understood.texts[span.file], span)
    )
    return Exit.OK


def _text(found: Origin) -> str:
    subject = f"{found.object} {found.field}".strip()
    if found.owner:
        return f"{subject} is written by {found.owner}, because of {found.spec_path}\n"
    return f"{subject} comes from {found.spec_path}\n"
