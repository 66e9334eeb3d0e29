"""`trimtab cluster rights`: the least rights that a writer needs, as objects for an administrator to apply."""

from __future__ import annotations

import argparse

from trimtab.cli import options, systems
from trimtab.cli.complaint import Complaint
from trimtab.cli.exits import Exit
from trimtab.cli.help import describe
from trimtab.compiler import emit
from trimtab.reconciler import roles
from trimtab.reconciler.rights import subject


def add_arguments(parser: argparse.ArgumentParser) -> None:
    describe(
        parser,
        "Print what allows somebody to keep a system true, and nothing else: its namespace, roles and their bindings.",
        ("trimtab cluster rights -e prod --for serviceAccount:ci/trimtab", "of one system, in its namespace"),
        ("trimtab cluster rights --everywhere --for group:platform", "of every system: for a daemon"),
        ("trimtab cluster rights -e prod --for user:ada | kubectl apply -f -", "grant them"),
    )
    options.spec(parser)
    options.environment(parser)
    parser.add_argument(
        "--for",
        dest="subject",
        metavar="WHO",
        required=True,
        help="user:NAME, group:NAME, serviceAccount:NAME or serviceAccount:NAMESPACE/NAME",
    )
    parser.add_argument("--everywhere", action="store_true", help="for all systems of the cluster")


def run(args: argparse.Namespace) -> Exit:
    return systems.run(_rights(args))


async def _rights(args: argparse.Namespace) -> Exit:
    bundle = None if args.everywhere else (await systems.target(args)).bundle
    who = subject(args.subject, bundle.namespace if bundle else "")
    if who is None or (who["kind"] == "ServiceAccount" and not who["namespace"]):
        raise Complaint(
            f"who is {args.subject!r}?", "--for user:NAME, group:NAME or serviceAccount:NAMESPACE/NAME"
        )
    made = roles.system_roles(bundle, who) if bundle else roles.writer_bindings(who)
    print("---\n".join(map(emit.document, made)), end="")
    return Exit.OK
