"""Numbers, durations and times of day as people read them."""

from __future__ import annotations

from datetime import datetime


def number(value: float) -> str:
    """Four significant digits; whole numbers whole."""
    if value == int(value) and abs(value) < 1e15:
        return str(int(value))
    return f"{value:.4g}"


def duration(seconds: float) -> str:
    """The two largest units: `0.4s`, `41s`, `3m 12s`, `2h 5m`, `3d 4h`. Engines tell times in whole seconds."""
    if seconds <= 0:
        return "<1s"
    if seconds < 10:
        return f"{seconds:.1f}s".replace(".0s", "s")
    minutes, second = divmod(int(seconds), 60)
    hours, minute = divmod(minutes, 60)
    days, hour = divmod(hours, 24)
    parts = [(days, "d"), (hour, "h"), (minute, "m"), (second, "s")]
    largest = next(i for i, (count, _) in enumerate(parts) if count)
    return " ".join(f"{count}{unit}" for count, unit in parts[largest : largest + 2] if count)


def seconds_of(time: str) -> float:
    """An RFC 3339 time in seconds since the epoch."""
    return datetime.fromisoformat(time).timestamp()


def elapsed(started: str, ended: str, now: float) -> float | None:
    """How long something took, or has taken so far; None where it has not started."""
    if not started:
        return None
    return (seconds_of(ended) if ended else now) - seconds_of(started)


def ago(time: str, now: float) -> str:
    passed = now - seconds_of(time) if time else 0
    return f"{duration(passed)} ago" if passed >= 1 else "just now" if time else ""
