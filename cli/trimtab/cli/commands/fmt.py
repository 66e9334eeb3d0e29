"""`trimtab fmt`: specs in their one canonical form. Comments stay, and so does every meaning."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from difflib import unified_diff
from pathlib import Path

from trimtab.cli import files, options, specs
from trimtab.cli.exits import Exit
from trimtab.cli.findings import plural, tell_findings
from trimtab.cli.help import describe
from trimtab.cli.terminal import say


def add_arguments(parser: argparse.ArgumentParser) -> None:
    describe(
        parser,
        "Write specs in their one canonical form: layout, and the order of sections. Comments stay. "
        "A spec that can't be read stays as it is.",
        ("trimtab fmt", "every spec below"),
        ("trimtab fmt --check", "write nothing; exit with 1 if a spec would change; a hook"),
        ("trimtab fmt --diff mlsystem.yaml", "write nothing; show what would change"),
    )
    options.specs(parser)
    mode = parser.add_mutually_exclusive_group()
    mode.add_argument(
        "--check", action="store_true", help="write nothing; exit with 1 if a spec would change"
    )
    mode.add_argument("--diff", action="store_true", help="write nothing; show what would change")


def run(args: argparse.Namespace) -> Exit:
    paths = specs.several(args.paths, skip_others=args.skip_others)
    outcomes = [_format(path, args) for path in paths]
    changed = outcomes.count(True)
    verb = "would change" if args.check or args.diff else "changed"
    say(f"{plural(changed, 'file')} {verb}, {len(paths) - changed} as they were")
    if None in outcomes:
        return Exit.FINDINGS
    return Exit.FINDINGS if changed and (args.check or args.diff) else Exit.OK


def _format(path: Path, args: argparse.Namespace) -> bool | None:
    """Whether it changes; None where it can't be read as YAML."""
    from trimtab.spec.fmt import format_text

    text = files.read(path)
    formatted = format_text(text, str(path))
    if not isinstance(formatted, str):
        tell_findings(formatted, {str(path): text})
        return None
    if formatted == text:
        return False
    if args.diff:
        sys.stdout.writelines(_diff(path, text, formatted))
    elif args.check:
        print(path)
    else:
        files.write(path, formatted)
        print(path)
    return True


def _diff(path: Path, before: str, after: str) -> Iterator[str]:
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    return unified_diff(old, new, str(path), f"{path} (formatted)")
