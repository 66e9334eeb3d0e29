"""`trimtab completion`: a script for the shell, made from the very parser that reads the arguments."""

from __future__ import annotations

import argparse

from trimtab.cli.exits import Exit
from trimtab.cli.extras import needs
from trimtab.cli.help import describe


def add_arguments(parser: argparse.ArgumentParser) -> None:
    describe(
        parser,
        "Print a completion script for your shell.",
        ("trimtab completion bash > ~/.local/share/bash-completion/completions/trimtab", "bash"),
        ("trimtab completion zsh > ~/.zfunc/_trimtab", "zsh, with ~/.zfunc in $fpath"),
        ("trimtab completion fish > ~/.config/fish/completions/trimtab.fish", "fish"),
    )
    parser.add_argument("shell", choices=("bash", "zsh", "fish"), help="whose script")


def run(args: argparse.Namespace) -> Exit:
    from trimtab.cli.main import COMMANDS, build_parser

    with needs("reconcile"):
        import shtab
    print(shtab.complete(build_parser(*COMMANDS), shell=args.shell))
    return Exit.OK
