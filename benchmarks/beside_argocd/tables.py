"""What was measured, as two tables: what keeping costs, and how fast each sort of change was healed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from math import inf

from benchmarks.at_rest.figures import Memory, percentile
from benchmarks.at_rest.healing import TOO_LONG_SECONDS, Healed
from benchmarks.at_rest.strangers import Change
from benchmarks.beside_argocd.measuring import Measured, Span

SHARES = (0.5, 0.99, 1.0)


def tables(found: Mapping[str, Measured], rest_seconds: float) -> Iterator[str]:
    """`found` is by the name of who was measured."""
    yield from ("", *_costs(found, rest_seconds))
    yield from ("", *_healing(found))


def _costs(found: Mapping[str, Measured], rest_seconds: float) -> Iterator[str]:
    rows: dict[str, Callable[[Measured], str]] = {
        "seconds from its start until all was applied": lambda each: f"{each.applied:.0f}",
        f"requests at rest, in {rest_seconds:g} s": lambda each: _requests(each.rest),
        f"CPU seconds at rest, in {rest_seconds:g} s": lambda each: f"{each.rest.cpu:.1f}",
        "MB resident at rest": lambda each: _megabytes(each.rest, lambda memory: memory.resident),
        "the same, shared pages counted in parts": lambda each: _megabytes(
            each.rest, lambda memory: memory.shared_out
        ),
        "MB resident after all changes": lambda each: _megabytes(
            each.healing, lambda memory: memory.resident
        ),
        "MB resident at most, since its start": lambda each: _megabytes(
            each.healing, lambda memory: memory.peak
        ),
        "requests a change": lambda each: f"{each.healing.requests.total() / len(each.healed):.1f}",
        "CPU milliseconds a change": lambda each: f"{each.healing.cpu / len(each.healed) * 1000:.0f}",
    }
    yield f"| | {' | '.join(found)} |"
    yield f"|---|{'---:|' * len(found)}"
    for title, cell in rows.items():
        yield f"| {title} | {' | '.join(map(cell, found.values()))} |"


def _requests(span: Span) -> str:
    listed = ", ".join(f"{count} {what}" for what, count in sorted(span.requests.items()))
    return f"{span.requests.total()} ({listed})" if listed else "0"


def _megabytes(span: Span, part: Callable[[Memory], float]) -> str:
    parts = {name: part(memory) for name, memory in span.memory.items()}
    listed = f" ({', '.join(f'{name} {number:.0f}' for name, number in parts.items())})"
    return f"{sum(parts.values()):.0f}{listed if len(parts) > 1 else ''}"


def _healing(found: Mapping[str, Measured]) -> Iterator[str]:
    yield "| healed, in milliseconds | by | changes | not healed | p50 | p99 | most |"
    yield "|---|---|---:|---:|---:|---:|---:|"
    for change in Change:
        for name, each in found.items():
            yield _row(f"{change} | {name}", [one for one in each.healed if one.change is change])
    for name, each in found.items():
        yield _row(f"all | {name}", each.healed)


def _row(start: str, healed: Sequence[Healed]) -> str:
    seconds = [inf if each.seconds is None else each.seconds for each in healed]
    numbers = [percentile(seconds, share) for share in SHARES] if seconds else []
    lost = seconds.count(inf)
    return f"| {start} | {len(seconds)} | {lost} | {' | '.join(map(_milliseconds, numbers))} |"


def _milliseconds(seconds: float) -> str:
    return f"over {TOO_LONG_SECONDS * 1000:,.0f}" if seconds == inf else f"{seconds * 1000:,.0f}"
