"""`trimtab apply`: bring the live system to what the spec says, and show it get there.

It returns when the system is as the spec says, or when nothing more will happen by itself, and then says what holds
it back. It can be interrupted at any point: the next apply goes on from what is there.
"""

from __future__ import annotations

import argparse
from contextlib import suppress
from functools import partial
from pathlib import Path

from trimtab.cli import options, specs
from trimtab.cli.ahead import Ahead
from trimtab.cli.compiling import compiled
from trimtab.cli.exits import Exit
from trimtab.cli.help import describe


def add_arguments(parser: argparse.ArgumentParser) -> None:
    describe(
        parser,
        "Make the live system what the spec says: objects, runs, and the models that serve. "
        "Returns when it is, or says what holds it back and exits with 1.",
        ("trimtab apply", "the system described here"),
        ("trimtab apply examples/digits", "another folder's"),
        ("trimtab apply -e staging", "in another environment"),
    )
    options.spec(parser)
    options.environment(parser)
    options.output(parser, "text", "json")
    parser.add_argument(
        "--confirm", metavar="CODE", default="", help="say yes to the deletions that apply asked about"
    )
    options.take_over(parser)


def run(args: argparse.Namespace) -> Exit:
    path = specs.one(args.spec)
    compiling = Ahead(partial(compiled, path, args.environment))
    _import_what_speaks_to_an_engine(path)
    from trimtab.cli import applying

    return applying.run(args, path, compiling)


def _import_what_speaks_to_an_engine(spec: Path) -> None:
    """While the spec is compiled. Which engine it is will be known only then; who names clusters mostly means one."""
    with suppress(OSError):
        if b"clusters" in spec.read_bytes():
            import yaml  # noqa: F401  # for the kubeconfig

            import trimtab.reconciler.kubernetes  # noqa: F401
