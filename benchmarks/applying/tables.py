"""Medians of what was measured, as tables: the first pass, the second pass, and the requests of both by kind."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from statistics import median
from typing import NamedTuple

from benchmarks.applying import counting
from benchmarks.applying.applications import OBJECTS
from benchmarks.applying.command_lines import RAW
from benchmarks.applying.measuring import Measured, Pass

Part = Callable[[Pass], float]


class Row(NamedTuple):
    """One contestant with one number of applications; `raw` is the yardstick's rounds, where there are any."""

    applications: int
    name: str
    found: Sequence[Measured]
    raw: Sequence[Measured]

    @property
    def start(self) -> str:
        return f"| {self.applications} × {len(self.found)} | {self.name} |"

    @property
    def objects(self) -> int:
        return self.applications * OBJECTS

    def first(self, part: Part) -> float:
        return median(part(each.first) for each in self.found)

    def second(self, part: Part) -> float:
        return median(part(each.second) for each in self.found)

    def first_ratio(self, part: Part) -> str:
        return f"{self.first(part) / median(part(each.first) for each in self.raw):.2f}" if self.raw else ""

    def second_ratio(self, part: Part) -> str:
        return f"{self.second(part) / median(part(each.second) for each in self.raw):.2f}" if self.raw else ""


def tables(found: Mapping[tuple[int, str], Sequence[Measured]]) -> Iterator[str]:
    rows = [Row(*key, each, found.get((key[0], RAW.name), ())) for key, each in found.items()]
    yield from ("", *_first(rows))
    yield from ("", *_second(rows))
    yield from ("", *_requests(rows))


def _first(rows: Sequence[Row]) -> Iterator[str]:
    titles = "written s | × raw | objects/s | done s | requests/object | beyond | CPU s | MB"
    yield f"| applications × rounds | first apply | {titles} |"
    yield f"|---:|---|{'---:|' * 8}"
    for row in rows:
        written, counted = row.first(_written), row.first(_counted)
        yield (
            f"{row.start} {written:.2f} | {row.first_ratio(_written)} | {row.objects / written:.0f} "
            f"| {row.first(_done):.2f} | {counted / row.objects:.2f} | {counted - row.objects:.0f} "
            f"| {row.first(_cpu):.1f} | {row.first(_megabytes):.0f} |"
        )


def _second(rows: Sequence[Row]) -> Iterator[str]:
    titles = "done s | × raw | requests | requests/object | CPU s | MB"
    yield f"| applications × rounds | second pass | {titles} |"
    yield f"|---:|---|{'---:|' * 6}"
    for row in rows:
        counted = row.second(_counted)
        yield (
            f"{row.start} {row.second(_done):.2f} | {row.second_ratio(_done)} | {counted:.0f} "
            f"| {counted / row.objects:.2f} | {row.second(_cpu):.1f} | {row.second(_megabytes):.0f} |"
        )


def _requests(rows: Sequence[Row]) -> Iterator[str]:
    yield f"| applications × rounds | requests | {' | '.join(counting.KINDS)} |"
    yield f"|---:|---|{'---:|' * len(counting.KINDS)}"
    for row in rows:
        for title, of in (("first", row.first), ("second", row.second)):
            numbers = (f"{of(_of_kind(kind)):.0f}" for kind in counting.KINDS)
            yield f"{row.start[:-2]}, {title} | {' | '.join(numbers)} |"


def _written(once: Pass) -> float:
    return once.written


def _done(once: Pass) -> float:
    return once.taken.seconds


def _cpu(once: Pass) -> float:
    return once.taken.cpu


def _megabytes(once: Pass) -> float:
    return once.taken.megabytes


def _counted(once: Pass) -> float:
    return counting.counted(once.requests)


def _of_kind(kind: str) -> Part:
    return lambda once: once.requests[kind]
