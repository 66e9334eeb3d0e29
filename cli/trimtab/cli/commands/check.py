"""`trimtab check`: every finding about every spec, at its line. It is a hook, so it opens nothing but the specs."""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path

from trimtab.cli import options, specs
from trimtab.cli.exits import Exit
from trimtab.cli.findings import summary
from trimtab.cli.help import describe
from trimtab.cli.terminal import complain, say, wants_color
from trimtab.spec.diagnostic import Diagnostic, ordered
from trimtab.spec.load import Loaded, load
from trimtab.spec.render import FORMATS, render


@dataclass(frozen=True, slots=True)
class Checked:
    path: Path
    text: str
    diagnostics: tuple[Diagnostic, ...]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    describe(
        parser,
        "Find what is wrong in specs: syntax, schema, references, rules between sections; all of it at once. "
        "Without -e, in every environment. Exits with 1 if there is an error.",
        ("trimtab check", "every mlsystem.yaml and *.mlsystem.yaml below"),
        ("trimtab check teams/*/mlsystem.yaml", "these"),
        ("trimtab check --output sarif > findings.sarif", "for code scanning"),
    )
    parser.add_argument(
        "paths", nargs="*", metavar="PATH", help="specs, folders or quoted globs (default: all below)"
    )
    options.environment(parser)
    options.output(parser, *FORMATS)


def run(args: argparse.Namespace) -> Exit:
    checked, unread = [], 0
    for path in specs.several(args.paths):
        try:
            checked.append(_check(path, args.environment))
        except OSError as error:
            complain(f"{path}: {(error.strerror or str(error)).lower()}")
            unread += 1
    found = ordered(d for each in checked for d in each.diagnostics)
    texts = {str(each.path): each.text for each in checked}
    color = wants_color(sys.stdout)
    sys.stdout.write(render(args.output, found, texts, color=color))
    if args.output == "full":
        say(summary(found, len(checked)))
    if unread:
        return Exit.FAILED
    return Exit.FINDINGS if any(d.is_error for d in found) else Exit.OK


def _check(path: Path, environment: str | None) -> Checked:
    # Bytes that are not UTF-8, and the file's own line ends, are the reader's to judge.
    text = path.read_bytes().decode("utf-8", errors="surrogateescape")
    return Checked(path, text, _findings(load(text, str(path)), environment))


def _findings(loaded: Loaded, environment: str | None) -> tuple[Diagnostic, ...]:
    if loaded.system is None:
        return loaded.diagnostics
    from trimtab.spec.resolve import resolve

    names = [environment] if environment else [None, *loaded.system.spec.environments]
    return ordered(d for name in names for d in resolve(loaded, name).diagnostics)
