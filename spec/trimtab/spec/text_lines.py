"""How a text falls into lines, for everything that shows or edits the place a span names.

The reader refuses the exotic line breaks on which parsers and editors disagree, so a line ends at `\\n` alone; a
carriage return before it belongs to the break, and a byte order mark at the very start to no line.
"""

from __future__ import annotations

from trimtab.spec.positions import Span

BOM = "\ufeff"


def split_lines(text: str) -> list[str]:
    """The lines of `text` without their breaks; the line numbered n stands at index n - 1."""
    return [line.removesuffix("\r") for line in text.removeprefix(BOM).split("\n")]


def line_starts(text: str) -> list[int]:
    """The offset in `text` at which each line starts."""
    starts = [len(BOM) if text.startswith(BOM) else 0]
    found = text.find("\n")
    while found >= 0:
        starts.append(found + 1)
        found = text.find("\n", found + 1)
    return starts


def text_at(text: str, span: Span) -> str:
    """What stands at `span`, lines joined by `\n`; nothing where the span lies outside."""
    lines = split_lines(text)[span.line - 1 : span.end_line]
    if not lines:
        return ""
    lines[-1] = lines[-1][: span.end_column - 1]
    lines[0] = lines[0][span.column - 1 :]
    return "\n".join(lines)
