"""`trimtab check`: every finding about every spec, at its line. It is a hook, so it opens nothing but the specs."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from trimtab.cli import options, specs
from trimtab.cli.checking import Checked, check, mend
from trimtab.cli.exits import Exit
from trimtab.cli.findings import plural, summary
from trimtab.cli.help import describe
from trimtab.cli.helpers import shared
from trimtab.cli.terminal import complain, say, wants_color
from trimtab.spec.diagnostic import ordered
from trimtab.spec.render import FORMATS, render


def add_arguments(parser: argparse.ArgumentParser) -> None:
    describe(
        parser,
        "Find what is wrong in specs: syntax, schema and references at once; once the keys are right, what sections "
        "say of each other. Without -e, in every environment. Exits with 1 if there is an error.",
        ("trimtab check", "every mlsystem.yaml, *.mlsystem.yaml and mlplatform.yaml below"),
        ("trimtab check teams/*/mlsystem.yaml", "these"),
        ("trimtab check --fix", "mend what is safe to mend"),
        ("trimtab check --output sarif > findings.sarif", "for code scanning"),
    )
    options.specs(parser)
    options.environment(parser)
    options.output(parser, *FORMATS)
    parser.add_argument(
        "--fix", action="store_true", help="mend what can be mended without a change of meaning"
    )
    parser.add_argument("--unsafe-fixes", action="store_true", help="mend also what may change the meaning")


def run(args: argparse.Namespace) -> Exit:
    paths = specs.several(args.paths, skip_others=args.skip_others)
    checked = list(_checked(paths, args))
    told = [each for each in checked if each is not None]
    found = ordered(d for each in told for d in each.diagnostics)
    texts = {file: text for each in told for file, text in each.texts.items()}
    sys.stdout.write(render(args.output, found, texts, color=wants_color(sys.stdout)))
    unread = len(checked) - len(told)
    read = len(paths) - unread
    if args.output == "full" and (read or not unread):
        say(summary(found, read))
    if unread:
        return Exit.FAILED
    return Exit.FINDINGS if any(d.is_error for d in found) else Exit.OK


def _checked(paths: Sequence[Path], args: argparse.Namespace) -> Iterator[Checked | None]:
    """Those with findings; None for each that can't be read. After the first one there is nothing left to import."""
    yield from _here(paths[:1], args)
    own, helpers = shared(paths[1:], lambda path: not check(path, args.environment).diagnostics)
    yield from _here(own, args)
    for helper in helpers:
        yield from _here(helper.unsettled(), args)


def _here(paths: Sequence[Path], args: argparse.Namespace) -> Iterator[Checked | None]:
    """A file that can't be read is complained of, and the others are checked all the same."""
    for path in paths:
        try:
            each = check(path, args.environment)
            if args.fix or args.unsafe_fixes:
                each = mend(each, args.environment, unsafe=args.unsafe_fixes)
                if each.mended:
                    say(f"{path}: {plural(each.mended, 'finding')} mended")
            if each.diagnostics:
                yield each
        except OSError as error:
            complain(f"{path}: {(error.strerror or str(error)).lower()}")
            yield None
