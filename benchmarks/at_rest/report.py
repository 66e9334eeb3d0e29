"""The whole of it, as Markdown: all is applied, it rests, strangers change it, and what that took is told."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from benchmarks.at_rest import figures
from benchmarks.at_rest.applications import names
from benchmarks.at_rest.arena import Arena, arena, counted, is_work, say
from benchmarks.at_rest.healing import KINDS, Healed, heal
from benchmarks.at_rest.strangers import Change, Target

GOAL_MEGABYTES = 150
GOAL_SECONDS = {0.5: 0.2, 0.99: 1.0}


@dataclass(frozen=True, slots=True)
class Size:
    systems: int = 20
    applications: int = 125
    """Of each system; four objects an application."""
    rest_seconds: float = 600
    changes: int = 500
    seed: int = 1

    @property
    def objects(self) -> int:
        return self.systems * self.applications * len(KINDS)


FULL = Size()


def lines(size: Size = FULL) -> Iterator[str]:
    with arena(size.systems, size.applications) as home:
        applied = home.wait_until_applied()
        say(f"applied after {applied:.0f} s")
        home.wait_until_quiet()
        yield f"{size.objects:,} objects in {size.systems} systems of one repository, kept by one `trimtab daemon`, which"
        yield f"had applied them {applied:.0f} s after its start. Requests are those of the API server's audit log."
        yield ""
        yield from _rest(home, size)
        yield ""
        yield from _healing(home, size)


def _rest(home: Arena, size: Size) -> Iterator[str]:
    say(f"at rest for {size.rest_seconds:g} s")
    mark, before = home.plane.audit.mark(), figures.seconds(home.process)
    time.sleep(size.rest_seconds)
    taken, held = figures.seconds(home.process).since(before), figures.memory(home.process)
    requests = home.requests(mark)
    work = counted([each for each in requests if is_work(each)])
    told = counted([each for each in requests if not is_work(each)])
    yield f"| at rest, for {size.rest_seconds:g} s | | goal |"
    yield "|---|---:|---:|"
    yield f"| requests but watches and leases | {work.total()}{_listed(work)} | 0 |"
    yield f"| watches and leases | {told.total()}{_listed(told)} | |"
    yield f"| CPU seconds of the daemon | {taken.own:.2f} | |"
    yield f"| CPU seconds of git, which looks for commits | {taken.children:.2f} | |"
    yield f"| MB resident | {held.resident:.0f} | {GOAL_MEGABYTES} |"
    yield f"| MB, shared pages counted in parts | {held.shared_out:.0f} | |"
    yield f"| MB resident at most, since its start | {held.peak:.0f} | |"


def _listed(counts: dict[str, int]) -> str:
    return f" ({', '.join(f'{count} {what}' for what, count in sorted(counts.items()))})" if counts else ""


def _healing(home: Arena, size: Size) -> Iterator[str]:
    targets = [
        Target(kind, system, name)
        for system in home.systems
        for name in names(size.applications)
        for kind in KINDS
    ]
    mark, before = home.plane.audit.mark(), figures.seconds(home.process)
    told = asyncio.run(heal(home.plane, targets, size.changes, size.seed))
    taken = figures.seconds(home.process).since(before)
    work = counted([each for each in home.requests(mark) if is_work(each)])
    yield "| healed, in milliseconds | changes | not healed | p50 | p99 | most |"
    yield "|---|---:|---:|---:|---:|---:|"
    for change in Change:
        yield _row(change, [each for each in told if each.change is change])
    yield _row("all", told)
    yield f"| goal | | 0 | {GOAL_SECONDS[0.5] * 1000:.0f} | {GOAL_SECONDS[0.99] * 1000:.0f} | |"
    yield ""
    yield f"A change took the daemon {taken.own / len(told) * 1000:.0f} ms of a processor and {work.total() / len(told):.2f}"
    yield f"requests{_listed(work)}; {figures.memory(home.process).resident:.0f} MB were resident afterwards."


def _row(name: str, told: Sequence[Healed]) -> str:
    seconds = [each.seconds for each in told if each.seconds is not None]
    numbers = (
        [*(figures.percentile(seconds, share) for share in GOAL_SECONDS), max(seconds)] if seconds else []
    )
    cells = [str(len(told)), str(len(told) - len(seconds)), *(f"{number * 1000:.0f}" for number in numbers)]
    return f"| {name} | {' | '.join(cells)} |"
