"""`make bench`: every benchmark, one after the other, as Markdown. None asserts anything.

`make bench ARGS=--record` also writes what it prints to benchmarks/RESULTS.md. Record on a machine with nothing else
to do: the ratios hold on a busy one, the spread doesn't.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks import hook
from benchmarks.at_rest import report as at_rest
from benchmarks.machine import described

RESULTS = Path(__file__).with_name("RESULTS.md")
BENCHMARKS: dict[str, Callable[[], Iterator[str]]] = {
    "How long a commit waits for the hook, beside check-jsonschema": hook.lines,
    "10,000 objects at rest, and healed": at_rest.lines,
}


def report() -> Iterator[str]:
    yield "# Results"
    yield ""
    yield f"Written by `make bench ARGS=--record`. The machine: {described()}."
    for title, lines in BENCHMARKS.items():
        yield from ("", f"## {title}", "")
        yield from lines()


def main(arguments: list[str]) -> None:
    told = []
    for line in report():
        print(line, flush=True)
        told.append(f"{line}\n")
    if "--record" in arguments:
        RESULTS.write_text("".join(told), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
