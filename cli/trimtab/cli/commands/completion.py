"""`trimtab completion`: a script for the shell, made from the very parser that reads the arguments."""

from __future__ import annotations

import argparse

import shtab

from trimtab.cli.exits import Exit
from trimtab.cli.help import describe

SHELLS = ("bash", "zsh", "fish")
PATHS = frozenset({"SPEC", "PATH", "DIR"})
"""What arguments that name files are called in the help."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    describe(
        parser,
        "Print a completion script for your shell.",
        ("trimtab completion bash > ~/.local/share/bash-completion/completions/trimtab", "bash"),
        ("trimtab completion zsh > ~/.zfunc/_trimtab", "zsh, with ~/.zfunc in $fpath"),
        ("trimtab completion fish > ~/.config/fish/completions/trimtab.fish", "fish"),
    )
    parser.add_argument("shell", choices=SHELLS, help="whose script")


def run(args: argparse.Namespace) -> Exit:
    from trimtab.cli.main import COMMANDS, build_parser  # the one command that needs all the others

    parser = build_parser(*COMMANDS)
    for action in _actions(parser):
        if action.metavar in PATHS:
            action.complete = shtab.FILE  # type: ignore[attr-defined]
    print(shtab.complete(parser, shell=args.shell))
    return Exit.OK


def _actions(parser: argparse.ArgumentParser) -> list[argparse.Action]:
    found = []
    for action in parser._actions:
        found.append(action)
        if isinstance(action, argparse._SubParsersAction):
            found += [inner for command in action.choices.values() for inner in _actions(command)]
    return found
