"""`trimtab`: finds the command, imports that one alone, and turns how it ended into an exit code.

What every command pays for is imported here, so it is little: `trimtab check` runs before each commit.
"""

from __future__ import annotations

import argparse
import errno
import gc
import os
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import NoReturn, Protocol, cast

from trimtab.cli.complaint import Complaint
from trimtab.cli.exits import Exit
from trimtab.cli.extras import needs
from trimtab.cli.lean import without_plugins
from trimtab.cli.terminal import complain, say

COMMANDS: Mapping[str, str] = {
    "init": "write a first spec that works",
    "check": "find what is wrong in specs, each finding at its line",
    "fmt": "write specs in their one canonical form, comments kept",
    "migrate": "bring specs of older versions of the language to this one",
    "explain": "tell what a diagnostic's code or a key of the spec means",
    "compile": "turn a spec into Kubernetes manifests",
    "plan": "show what apply would do, and why",
    "apply": "make the live system what the spec says, and watch it get there",
    "status": "show what runs, which model serves and why",
    "runs": "list the runs of a system, or show one with its metrics",
    "logs": "print what a run or an endpoint writes",
    "why": "name the line of the spec that a field comes from",
    "stop": "stop what runs on this machine; nothing is forgotten",
    "delete": "remove a system; its runs and models are kept",
    "daemon": "follow a git branch and keep the live system true to it",
    "cluster": "prepare a cluster, look at what it can do, hand out rights",
    "completion": "print a completion script for your shell",
}


class Command(Protocol):
    """What each module of `trimtab.cli.commands` offers."""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None: ...

    def run(self, args: argparse.Namespace) -> Exit: ...


SELDOM = 200_000
"""Objects made between two searches for garbage in circles."""


class Parser(argparse.ArgumentParser):
    """An argument parser that complains as everything else here does."""

    def error(self, message: str) -> NoReturn:
        raise Complaint(message, f"{self.prog} --help")


class HelpFormatter(argparse.RawDescriptionHelpFormatter):
    """Texts as they are written, and room for the longest command beside what it does."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=30, width=100)


class Version(argparse.Action):
    """The distribution's metadata take long to import, so they are asked for only here."""

    def __call__(self, *_: object) -> NoReturn:
        from importlib.metadata import version

        print(f"trimtab {version('trimtab')}")
        raise SystemExit(Exit.OK)


def load(name: str) -> Command:
    return cast(Command, import_module(f"trimtab.cli.commands.{name}"))


def build_parser(*names: str) -> argparse.ArgumentParser:
    """The parser, whole for the commands `names`; of the others it knows no more than the summary."""
    parser = Parser(
        prog="trimtab",
        description="One YAML file steers a machine-learning system: checked, compiled, and kept true.",
        epilog="exit codes: 0 well, 1 findings or not as the spec says, 2 it failed, 3 the engine is out of reach",
        allow_abbrev=False,
        formatter_class=HelpFormatter,
    )
    parser.add_argument("--version", action=Version, nargs=0, help="print the version")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", title="commands", parser_class=Parser)
    for name, summary in COMMANDS.items():
        command = commands.add_parser(
            name,
            help=summary,
            allow_abbrev=False,
            formatter_class=HelpFormatter,
        )
        if name in names:
            load(name).add_arguments(command)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    arguments, often = sys.argv[1:] if argv is None else list(argv), gc.get_threshold()
    # What a command reads it keeps until it ends, and trees have no circles: to look for them, as often as Python does, is
    # a sixth of the time. Commands that go on look more often (`running.go_on`).
    gc.set_threshold(SELDOM)
    try:
        return _dispatch(arguments)
    except Complaint as complaint:
        complain(complaint.message, complaint.next_step)
        return complaint.exit_code
    except KeyboardInterrupt:
        say("\ninterrupted")
        return Exit.INTERRUPTED
    except BrokenPipeError:
        # Or the interpreter's own last flush would complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.OK
    except Exception as error:
        if os.environ.get("TRIMTAB_TRACEBACK"):
            raise
        complain(*_unforeseen(error))
        return Exit.FAILED
    finally:
        gc.set_threshold(*often)


def _dispatch(arguments: list[str]) -> int:
    without_plugins()
    name = next((a for a in arguments if not a.startswith("-")), "")
    if name and name not in COMMANDS:
        raise Complaint(f"there is no command {name!r}", _nearest(name))
    with needs("reconcile"):
        parser = build_parser(name)
        args, unknown = parser.parse_known_args(arguments)
        if unknown:
            called = f"trimtab {name}".rstrip()
            raise Complaint(f"{called} does not know {' '.join(unknown)}", f"{called} --help")
        status = load(args.command).run(args) if args.command else _introduce(parser)
    sys.stdout.flush()
    return status


def _introduce(parser: argparse.ArgumentParser) -> Exit:
    parser.print_help()
    return Exit.OK


def _nearest(name: str) -> str:
    from difflib import get_close_matches

    close = get_close_matches(name, COMMANDS, n=1)
    return f"trimtab {close[0]}" if close else "trimtab --help"


def _unforeseen(error: Exception) -> tuple[str, str]:
    """What the machine refuses is told as it tells it; everything else that gets here is our own fault."""
    if isinstance(error, OSError) and error.filename:
        return f"{error.filename}: {(error.strerror or str(error)).lower()}", ""
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EMFILE, errno.ENOMEM):
        return (error.strerror or str(error)).lower(), "make room, and run it again: what was done is kept"
    next_step = "run it again with TRIMTAB_TRACEBACK=1, and report what it prints"
    return f"a fault of Trimtab itself: {type(error).__name__}: {error}", next_step
