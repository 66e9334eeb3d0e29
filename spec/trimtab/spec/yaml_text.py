"""What is refused in a text before any YAML is read: its encoding, its length, characters that deceive.

Line breaks on which parsers and editors disagree are refused here too, so that from here on a line number means the
same to everyone. Bytes that are no UTF-8 are expected as `surrogateescape` decodes them.
"""

from __future__ import annotations

import re
from itertools import islice

from trimtab.spec.diagnostic import Diagnostic
from trimtab.spec.positions import Span
from trimtab.spec.text_lines import BOM

MAX_CHARACTERS = 1_000_000
"""The cluster mirrors the spec in an object, and etcd holds none beyond about 1.5 MB."""

_MOST_SHOWN = 10
_CONTROLS = bytes({*range(0x20), 0x7F} - {*b"\t\n\r"})
_FORBIDDEN = (
    "[^\t\n\r\x20-\x7e\xa0-\u2027\u202f-\u2065\u206a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
    "|\r(?!\n)"
)
"""Controls, noncharacters, half surrogates, a byte order mark inside the text, line breaks that only some editors see,
and the bidirectional controls that make a line look other than it is."""
_INVISIBLE = "[\xa0\xad\u1680\u2000-\u200f\u202f\u205f\u2060\u3000]"
_ESCAPED_BYTES = frozenset(map(chr, range(0xDC80, 0xDD00)))
"""What Python's `surrogateescape` makes of bytes that are not UTF-8."""
_NAMES = {
    "\0": "a NUL character",
    BOM: "a byte order mark inside the text",
    "\r": "a carriage return without a line feed",
}


def refused_text(text: str, file: str) -> list[Diagnostic]:
    """What forbids reading `text` at all."""
    if len(text) > MAX_CHARACTERS:
        message = f"the file has {len(text):,} characters; at most {MAX_CHARACTERS:,} are read"
        return [Diagnostic("TT003", message, Span(file, 1, 1, 1, 1))]
    body = text.removeprefix(BOM)
    if _is_plain(body) or not re.search(_FORBIDDEN, body):
        return []
    found = (_forbidden_in(line, number, file) for number, line in enumerate(body.split("\n"), 1))
    return list(islice((diagnostic for diagnostic in found if diagnostic), _MOST_SHOWN))


def _is_plain(body: str) -> bool:
    """Nothing but ASCII that is allowed. To compile the large character class takes longer than to read a spec."""
    if not body.isascii() or ("\r" in body and re.search(r"\r(?!\n)", body)):
        return False
    data = body.encode()
    return len(data) == len(data.translate(None, _CONTROLS))


def _forbidden_in(line: str, number: int, file: str) -> Diagnostic | None:
    match = re.search(_FORBIDDEN, line.removesuffix("\r"))
    if match is None:
        return None
    span = Span(file, number, match.start() + 1, number, match.end() + 1)
    if match[0] in _ESCAPED_BYTES:
        return Diagnostic("TT001", f"the file is not UTF-8: {_found(match[0], line)}", span)
    name = _NAMES.get(match[0], f"the character U+{ord(match[0]):04X}")
    return Diagnostic("TT002", f"{name} is not allowed in a spec", span)


def _found(character: str, line: str) -> str:
    if line.startswith(("\udcff\udcfe", "\udcfe\udcff")):
        return "it looks like UTF-16; save it as UTF-8"
    return f"the byte 0x{ord(character) - 0xDC00:02x} stands here"


def invisible_character(text: str) -> str | None:
    """The first character of `text` that nobody sees, as `U+00A0`."""
    match = None if text.isascii() else re.search(_INVISIBLE, text)
    return f"U+{ord(match[0]):04X}" if match else None
