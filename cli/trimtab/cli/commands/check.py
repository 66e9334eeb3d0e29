"""`trimtab check`: every finding about every spec, at its line. It is a hook, so it opens nothing but the specs."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

from trimtab.cli import options, specs
from trimtab.cli.checking import Checked, check, mend
from trimtab.cli.exits import Exit
from trimtab.cli.findings import plural, summary
from trimtab.cli.help import describe
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
    found = ordered(d for each in checked for d in each.diagnostics)
    texts = {file: text for each in checked for file, text in each.texts.items()}
    sys.stdout.write(render(args.output, found, texts, color=wants_color(sys.stdout)))
    if args.output == "full":
        say(summary(found, len(checked)))
    if len(checked) < len(paths):
        return Exit.FAILED
    return Exit.FINDINGS if any(d.is_error for d in found) else Exit.OK


def _checked(paths: list[Path], args: argparse.Namespace) -> Iterator[Checked]:
    """A file that can't be read is complained of, and the others are checked all the same."""
    for path in paths:
        try:
            each = check(path, args.environment)
            if args.fix or args.unsafe_fixes:
                each = mend(each, args.environment, unsafe=args.unsafe_fixes)
                if each.mended:
                    say(f"{path}: {plural(each.mended, 'finding')} mended")
            yield each
        except OSError as error:
            complain(f"{path}: {(error.strerror or str(error)).lower()}")
