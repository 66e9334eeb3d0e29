"""What a plain scalar means in YAML 1.2's core schema, and which ones are too treacherous to accept.

Plain text never turns silently into something else: what core cannot say exactly (a leading zero, an integer beyond
64 bits, a number that is not finite) is a `Trap`, with its code and message. Quoted scalars never come here.
"""

from __future__ import annotations

import re
from typing import NamedTuple

Scalar = str | int | float | bool | None

_WORDS: dict[str, Scalar] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_NUMERIC_START = frozenset("0123456789+-.")
_INT = re.compile(r"[-+]?[0-9]+")
_BASED = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_LEADING_ZERO = re.compile(r"[-+]?0[0-9_]")

_YAML11_BOOL = {
    **dict.fromkeys(("yes", "Yes", "YES", "on", "On", "ON"), "true"),
    **dict.fromkeys(("no", "No", "NO", "off", "Off", "OFF"), "false"),
}
_YAML11_NUMBER = re.compile(r"[-+]?(0b[01_]+|0x[0-9a-fA-F_]+|[0-9][0-9_]*(\.[0-9_]*)?)")

_INT64 = range(-(2**63), 2**63)
_INT64_DIGITS = 20
"""Longer texts are beyond 64 bits; Python's own parser slows down, then refuses, on very long ones."""


class Trap(NamedTuple):
    """A plain scalar that the language refuses; quoting it makes it text."""

    code: str
    message: str


def resolve_plain(text: str) -> Scalar | Trap:
    """The value of a plain scalar. Text is the common case and leaves first."""
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in _NUMERIC_START:
        return text
    return _number(text)


def _number(text: str) -> Scalar | Trap:
    if _INT.fullmatch(text):
        return _integer(text)
    if _BASED.fullmatch(text):
        value = int(text, 0) if len(text) <= _INT64_DIGITS + 4 else _INT64.stop
        return value if value in _INT64 else _too_long(text)
    if _FLOAT.fullmatch(text):
        return _float(text)
    if _NOT_FINITE.fullmatch(text):
        return Trap("TT021", f"`{text}` is not a finite number")
    return text


def _integer(text: str) -> int | Trap:
    if _LEADING_ZERO.match(text):
        return _leading_zero(text)
    if len(text) > _INT64_DIGITS or int(text) not in _INT64:
        return _too_long(text)
    return int(text)


def _float(text: str) -> float | Trap:
    if _LEADING_ZERO.match(text):
        return _leading_zero(text)
    value = float(text)
    if value in (float("inf"), float("-inf")):
        return Trap("TT021", f"`{shortened(text)}` is larger than any number that can be kept")
    return value


def _leading_zero(text: str) -> Trap:
    return Trap("TT019", f"`{shortened(text)}` begins with a zero: readers disagree whether it is octal")


def _too_long(text: str) -> Trap:
    return Trap("TT020", f"`{shortened(text)}` does not fit into 64 bits")


def shortened(text: str, limit: int = 40) -> str:
    """`text` as one short line, for use inside a message."""
    line = " ".join(text.split())
    return line if len(line) <= limit else line[: limit - 1] + "…"


def quoted(text: str) -> str:
    """`text` as a double-quoted scalar on one line."""
    import json

    return json.dumps(text, ensure_ascii=False)


def read_otherwise_by_yaml11(text: str) -> str | None:
    """What a YAML 1.1 reader, and perhaps the author, takes this plain *text* for; None when both agree.

    Dates and times (`2026-11-23`, `22:30`) are left alone: everybody means the text that stands there.
    """
    if text[0] not in _NUMERIC_START:
        return _YAML11_BOOL.get(text)
    if _YAML11_NUMBER.fullmatch(text) and text.strip("_+-"):
        return _plain_number(text)
    return None


def _plain_number(text: str) -> str:
    bare = text.replace("_", "").lstrip("+")
    return str(int(bare, 0)) if "0b" in bare or "0x" in bare else bare
