"""Texts with units as numbers, and back. Each function may raise ArithmeticError or ValueError; its caller refuses."""

from __future__ import annotations

import re

SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
LATENCIES = {"us": (1, 10**6), "ms": (1, 10**3), "s": (1, 1), "m": (60, 1)}
SIZES = {
    "": 1, "k": 10**3, "M": 10**6, "G": 10**9, "T": 10**12, "P": 10**15,
    "Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "Ti": 2**40, "Pi": 2**50,
}  # fmt: skip
COUNTS = {"": 1, "K": 10**3, "M": 10**6, "B": 10**9, "T": 10**12}
_CRON_RANGES = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))
_CRON_WORDS = {"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"} | {
    "sun", "mon", "tue", "wed", "thu", "fri", "sat",
}  # fmt: skip


class Quantity:
    """A Kubernetes quantity: its canonical text, and its number (bytes, or cores)."""

    __slots__ = ("number", "text")

    def __init__(self, text: str, number: float) -> None:
        self.text, self.number = text, number

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Quantity) and (self.text, self.number) == (other.text, other.number)

    def __hash__(self) -> int:
        return hash((self.text, self.number))

    def __repr__(self) -> str:
        return f"Quantity({self.text!r}, {self.number!r})"

    def __str__(self) -> str:
        return self.text


def seconds(text: str) -> int:
    return sum(int(n) * SECONDS[unit] for n, unit in re.findall(r"(\d+)([smhdw])", text))


def duration(number: int) -> str:
    """The text of the fewest characters: `90s`, `10m`, `30d`."""
    unit = next((u for u in ("d", "h", "m") if number and number % SECONDS[u] == 0), "s")
    return f"{number // SECONDS[unit]}{unit}"


def latency(text: str) -> float:
    digits = text.rstrip("ums")
    times, over = LATENCIES[text[len(digits) :]]
    return _decimal(digits, times, over)


def fraction(text: str) -> float:
    return _decimal(text[:-1], 1, 100)


def percent(number: float) -> str:
    digits = f"{number * 100:.6f}".rstrip("0").rstrip(".")
    return f"{digits}%"


def size(text: str) -> Quantity:
    digits = text.rstrip("kMGTPi")
    unit = text[len(digits) :]
    total = _whole(digits, SIZES[unit])
    family = [u for u in SIZES if u and u.endswith("i") == unit.endswith("i")]
    best = next((u for u in reversed(family) if total and total % SIZES[u] == 0), "")
    return Quantity(f"{total // SIZES[best]}{best}", float(total))


def cores(text: str) -> Quantity:
    milli = int(text[:-1]) if text.endswith("m") else _whole(text, 1000)
    return Quantity(str(milli // 1000) if milli % 1000 == 0 else f"{milli}m", milli / 1000)


def count(text: str) -> int:
    digits = text.rstrip("KMBT")
    return _whole(digits, COUNTS[text[len(digits) :]])


def cron(text: str) -> str:
    """The text itself, once each of its fields is one that cron knows."""
    if text.startswith("@"):
        return text
    for field, (least, most) in zip(text.split(), _CRON_RANGES, strict=True):
        for item in field.lower().split(","):
            _check_cron_item(item, least, most)
    return text


def _check_cron_item(item: str, least: int, most: int) -> None:
    span, _, step = item.partition("/")
    if step and not 0 < int(step) <= most:
        raise ValueError(item)
    for end in () if span in ("*", "?", "l") else span.split("-"):
        if end not in _CRON_WORDS and not least <= int(end.removesuffix("l")) <= most:
            raise ValueError(item)


def regex(text: str) -> str:
    """The text itself, once it compiles. What merely smells (`[[a]`) is the author's business."""
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        re.compile(text)
    return text


def _whole(digits: str, times: int) -> int:
    """`1.5` times 1024, rounded down, without the error that floats would bring in."""
    whole, _, part = digits.partition(".")
    return int(whole + part) * times // int(10 ** len(part))


def _decimal(digits: str, times: int, over: int) -> float:
    """The float nearest to the decimal number `digits * times / over`."""
    whole, _, part = digits.partition(".")
    return int(whole + part) * times / int(over * 10 ** len(part))
