"""This benchmark alone, in another size: `python -m benchmarks.at_rest --systems 2 --rest 60 --changes 40`."""

from __future__ import annotations

import argparse

from benchmarks.at_rest.report import FULL, Size, lines
from benchmarks.machine import described


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.at_rest", description=__doc__)
    parser.add_argument("--systems", type=int, default=FULL.systems)
    parser.add_argument("--applications", type=int, default=FULL.applications, help="of each system")
    parser.add_argument("--rest", type=float, default=FULL.rest_seconds, metavar="SECONDS")
    parser.add_argument("--changes", type=int, default=FULL.changes)
    parser.add_argument("--seed", type=int, default=FULL.seed)
    args = parser.parse_args()
    print(f"The machine: {described()}.\n")
    for line in lines(Size(args.systems, args.applications, args.rest, args.changes, args.seed)):
        print(line, flush=True)


main()
