"""What the two formats for people share: colours, and text that cannot command a terminal.

A spec is hostile input: an escape sequence in it must not reach the terminal of whoever checks it.
"""

from __future__ import annotations

import re

from trimtab.spec.diagnostic import Severity

_UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ud800-\udfff\ufeff]"
)
_COLORS = {Severity.ERROR: "1;31", Severity.WARNING: "1;33", Severity.INFO: "1;36"}
FRAME = "1;34"
STRONG = "1"


def inert(text: str) -> str:
    """`text` with every character that a terminal might obey written out."""
    return _UNSAFE.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def inert_cells(text: str) -> str:
    """The same, one character for one, so that columns stay where they are."""
    return _UNSAFE.sub(lambda match: " " if match[0] == "\t" else "�", text)


def cells(text: str) -> int:
    """How many columns of a terminal `text` takes."""
    if text.isascii():
        return len(text)
    from unicodedata import combining, east_asian_width

    return sum(0 if combining(c) else 2 if east_asian_width(c) in "WF" else 1 for c in text)


def paint(text: str, style: str, color: bool) -> str:
    return f"\x1b[{style}m{text}\x1b[0m" if color and text else text


def severity_style(severity: Severity) -> str:
    return _COLORS[severity]
