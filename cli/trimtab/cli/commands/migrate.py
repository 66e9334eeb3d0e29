"""`trimtab migrate`: specs of older versions of the language in the current one, by edits that keep everything else.

A spec is written only when it is proven that it compiles to what it compiled to before, byte for byte, or when
whoever has seen the difference accepts it.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Sequence
from difflib import unified_diff
from enum import Enum
from pathlib import Path
from typing import NamedTuple

from trimtab.cli import files, options, specs
from trimtab.cli.exits import Exit
from trimtab.cli.findings import plural, tell_findings
from trimtab.cli.help import describe
from trimtab.cli.proof import Comparison, compare
from trimtab.cli.terminal import complain, say
from trimtab.spec.diagnostic import Diagnostic
from trimtab.spec.migrations.migrate import Migrated, migrate_text


class Outcome(Enum):
    CURRENT = "current"
    MIGRATED = "migrated"
    REFUSED = "refused"


class _Read(NamedTuple):
    """A file, and what becomes of its text."""

    path: Path
    text: str
    found: Migrated | tuple[Diagnostic, ...] | None

    @property
    def is_platform(self) -> bool:
        return isinstance(self.found, Migrated) and self.found.is_platform


def add_arguments(parser: argparse.ArgumentParser) -> None:
    describe(
        parser,
        "Bring specs of older versions of the language to the current one. Comments and layout stay. A spec whose "
        "manifests would change is left as it is, and the difference is shown.",
        ("trimtab migrate", "every spec below"),
        ("trimtab migrate --check", "write nothing; exit with 1 if a spec is of an older version"),
        ("trimtab migrate --diff mlsystem.yaml", "write nothing; show what would change"),
    )
    options.specs(parser)
    mode = parser.add_mutually_exclusive_group()
    mode.add_argument(
        "--check", action="store_true", help="write nothing; exit with 1 if a spec would change"
    )
    mode.add_argument("--diff", action="store_true", help="write nothing; show what would change")
    accepting = "migrate specs whose manifests change by it, too"
    parser.add_argument("--accept-difference", action="store_true", help=accepting)


def run(args: argparse.Namespace) -> Exit:
    paths = specs.several(args.paths, skip_others=args.skip_others)
    read = [_Read(path, text := files.read(path), migrate_text(text, str(path))) for path in paths]
    # Platforms first: what is proven of a system then holds with its platform as it will be.
    read.sort(key=lambda each: not each.is_platform)
    outcomes = [asyncio.run(_migrate(each, args)) for each in read]
    migrated = outcomes.count(Outcome.MIGRATED)
    verb = "would be migrated" if args.check or args.diff else "migrated"
    say(f"{plural(migrated, 'spec')} {verb}, {len(paths) - migrated} as they were")
    if Outcome.REFUSED in outcomes or (migrated and (args.check or args.diff)):
        return Exit.FINDINGS
    return Exit.OK


async def _migrate(read: _Read, args: argparse.Namespace) -> Outcome:
    path, text, found = read
    if found is None:
        return Outcome.CURRENT
    if not isinstance(found, Migrated):
        tell_findings(found, {str(path): text})
        return Outcome.REFUSED
    compared = [] if found.is_platform else await compare(path, found.meant, found.text)
    if not _may_be_written(path, compared, args.accept_difference):
        return Outcome.REFUSED
    if args.diff:
        _show(path, text, found)
    elif not args.check:
        files.write(path, found.text)
    told = "; ".join([f"{path}: {found.source} to {found.target}", *_proof(compared)])
    print(told, file=sys.stderr if args.diff else None)
    return Outcome.MIGRATED


def _may_be_written(path: Path, compared: Sequence[Comparison], accepted: bool) -> bool:
    differing = [each for each in compared if not each.alike]
    for each in differing:
        sys.stdout.writelines(each.difference())
    if differing and not accepted:
        complain(
            f"{path} would compile to something else, as shown, and stays as it is\n"
            "  next: trimtab migrate --accept-difference, if that is right"
        )
    return accepted or not differing


def _show(path: Path, before: str, found: Migrated) -> None:
    old, new = before.splitlines(keepends=True), found.text.splitlines(keepends=True)
    sys.stdout.writelines(unified_diff(old, new, f"{path} ({found.source})", f"{path} ({found.target})"))


def _proof(compared: Sequence[Comparison]) -> list[str]:
    """What has been proven of the environments: `the same manifests in laptop, prod`. A platform has none."""
    groups = {
        "the same manifests": [c for c in compared if c.alike and c.compiles],
        "the same errors": [c for c in compared if c.alike and not c.compiles],
        "other manifests": [c for c in compared if not c.alike],
    }
    return [f"{what}{_where(group)}" for what, group in groups.items() if group]


def _where(group: Sequence[Comparison]) -> str:
    names = ", ".join(each.environment for each in group if each.environment)
    return f" in {names}" if names else ""
