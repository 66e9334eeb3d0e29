"""`trimtab cluster`: what is done to a cluster and not to a system: prepare it, look at it, hand out rights."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import TYPE_CHECKING

from trimtab.cli.commands.cluster import inspect, install, rights
from trimtab.cli.exits import Exit
from trimtab.cli.help import describe

if TYPE_CHECKING:
    from trimtab.cli.main import Command

ACTIONS: Mapping[str, tuple[Command, str]] = {
    "install": (install, "prepare a cluster: the kinds that Trimtab adds, and roles; once"),
    "inspect": (inspect, "write down what a cluster can do, to be committed beside the spec"),
    "rights": (rights, "print the least rights that a system needs, as Kubernetes objects"),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    describe(
        parser,
        "Prepare a cluster for systems, look at what it can do, and see which rights it takes.",
        ("trimtab cluster install --dry-run", "what an administrator would install, and what would change"),
        ("trimtab cluster inspect -e prod", "write clusters/<name>.json"),
        ("trimtab cluster rights -e prod --for serviceAccount:ci/trimtab", "for `kubectl apply -f -`"),
    )
    actions = parser.add_subparsers(dest="action", metavar="ACTION", title="actions", required=True)
    for name, (action, summary) in ACTIONS.items():
        inner = actions.add_parser(
            name, help=summary, allow_abbrev=False, formatter_class=parser.formatter_class
        )
        action.add_arguments(inner)


def run(args: argparse.Namespace) -> Exit:
    return ACTIONS[args.action][0].run(args)
