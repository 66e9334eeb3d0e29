"""`python -m trimtab.runtime <what>`: the entry points that compiled workloads run. Each imports only what it needs."""

from __future__ import annotations

import argparse
import contextlib
import os
from collections.abc import Sequence

from trimtab.runtime import words
from trimtab.runtime.complaint import Complaint
from trimtab.runtime.environment import Environment


def main(argv: Sequence[str] | None = None) -> None:
    arguments = _parser().parse_args(argv)
    environment = Environment.of_process()
    try:
        _dispatch(arguments, environment)
    except Complaint as complaint:
        _leave_reason(complaint, environment)
        raise


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m trimtab.runtime", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="<what>")
    commands.add_parser("unpack", help="unpack the code archive into the working directory")
    commands.add_parser("lookup", help="say whether this run key was carried out, and is still whole")
    contract = commands.add_parser("contract", help="check a dataset against what the spec expects of it")
    contract.add_argument("dataset", nargs="?", help="the dataset; left out, the only one that is mounted")
    commands.add_parser("drift", help="compare captured requests with the data that a model learnt from")
    serve = commands.add_parser("serve", help="serve the model over the Open Inference Protocol")
    serve.add_argument("--name", default="model", help="what clients call the model")
    serve.add_argument("--host", default=os.environ.get("TRIMTAB_HOST", "127.0.0.1"))
    serve.add_argument("--port", type=int, default=os.environ.get("TRIMTAB_PORT_HTTP", "8080"))
    return parser


def _dispatch(arguments: argparse.Namespace, environment: Environment) -> None:
    if arguments.command == "unpack":
        from trimtab.runtime import unpack

        unpack.run(environment)
    elif arguments.command == "lookup":
        from trimtab.runtime import lookup

        lookup.run(environment)
    elif arguments.command == "contract":
        from trimtab.runtime import data_contract

        data_contract.run(environment, arguments.dataset)
    elif arguments.command == "drift":
        from trimtab.runtime import drift

        drift.run(environment)
    elif arguments.command == "serve":
        from trimtab.runtime import serve

        serve.run(environment, arguments.name, arguments.host, arguments.port)


def _leave_reason(complaint: Complaint, environment: Environment) -> None:
    """The sentence reaches the ledger too, where there is a termination log to carry it."""
    with contextlib.suppress(Complaint, OSError):
        words.leave({"v": 1, "problems": [complaint.sentence]}, environment.termination_log)


if __name__ == "__main__":
    main()
