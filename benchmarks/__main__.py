"""`make bench`: every benchmark, one after the other, as Markdown. None asserts anything.

`make bench ARGS=--record` also writes what it prints to benchmarks/RESULTS.md; `ARGS="applying --record"` runs and
records one alone, and the sections of the others stay. Record on a machine with nothing else to do: the ratios hold
on a busy one, the spread doesn't.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from control_plane import CannotBuild, DidNotStart

from benchmarks import hook, results
from benchmarks.applying import report as applying
from benchmarks.at_rest import report as at_rest
from benchmarks.beside_argocd import report as beside_argocd
from benchmarks.machine import described

RESULTS = Path(__file__).with_name("RESULTS.md")


class Benchmark(NamedTuple):
    title: str
    lines: Callable[[], Iterator[str]]


BENCHMARKS = {
    "hook": Benchmark("How long a commit waits for the hook, beside check-jsonschema", hook.lines),
    "at-rest": Benchmark("10,000 objects at rest, and healed", at_rest.lines),
    "beside-argocd": Benchmark("1,000 objects at rest, and healed, beside Argo CD", beside_argocd.lines),
    "applying": Benchmark(
        "First apply and second pass on a real control plane, beside our peers", applying.lines
    ),
}


def section(benchmark: Benchmark) -> Iterator[str]:
    yield from (f"## {benchmark.title}", "", f"The machine: {described()}.", "")
    try:
        yield from benchmark.lines()
    except (CannotBuild, DidNotStart) as reason:
        yield f"Not measured here: {reason}"


def asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench", description="How fast it is, beside its peers.")
    names = f"of {', '.join(BENCHMARKS)}; all when none is given"
    parser.add_argument("names", nargs="*", metavar="NAME", help=names)
    parser.add_argument("--record", action="store_true", help=f"also write to {RESULTS.name}")
    told = parser.parse_args()
    if unknown := set(told.names) - set(BENCHMARKS):
        parser.error(f"no benchmark is called {', '.join(sorted(unknown))}")
    return told


def main() -> None:
    wanted = asked()
    for name in wanted.names or BENCHMARKS:
        told = []
        for line in section(BENCHMARKS[name]):
            print(line, flush=True)
            told.append(line)
        print(flush=True)
        if wanted.record:
            record(told)


def record(told: list[str]) -> None:
    titles = [each.title for each in BENCHMARKS.values()]
    page = results.with_section(RESULTS.read_text(encoding="utf-8"), told, titles)
    RESULTS.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
