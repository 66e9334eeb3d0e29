"""Lays a YAML text out anew: two spaces a level, one space where one is due, no blank line too many.

It walks the parser's tokens and writes again only what lies between them, so values, quotes, flow and block style,
line breaks and comments stay as their author chose. It changes no token and knows nothing of the model.
"""

from __future__ import annotations

import re
from enum import Enum
from typing import Any, NamedTuple

from trimtab.spec.yaml_events import tokens

_INDENT = 2
_OPENERS = ("FlowMappingStartToken", "FlowSequenceStartToken")
_BLOCK_SCALAR = "BlockScalar"
_CLOSERS = ("FlowMappingEndToken", "FlowSequenceEndToken")
_TIGHT_BEFORE = (*_CLOSERS, "FlowEntryToken", "ValueToken")
_LOOSE = frozenset(
    {
        *((last, "ValueToken") for last in ("AliasToken", "AnchorToken", "TagToken", "KeyToken")),
        *(("ValueToken", kind) for kind in (*_CLOSERS, "FlowEntryToken")),
    }
)
"""Neighbours that would run together: `*a:` is another alias, `{a:}` another key."""


class _Kind(Enum):
    MAPPING = "mapping"
    LIST = "list"
    FLUSH_LIST = "a list that is not indented below its key; the parser marks neither its start nor its end"


class _Level(NamedTuple):
    """One open block collection: the column it had and the column it gets."""

    old: int
    new: int
    kind: _Kind


_OUTSIDE = _Level(0, 0, _Kind.MAPPING)


def lay_out(text: str) -> str:
    """`text`, which must be sound YAML with line feeds alone, in the one layout."""
    layout = _Layout(text)
    for token in tokens(text):
        layout.add(token)
    return layout.finish()


class _Layout:
    def __init__(self, text: str) -> None:
        self._text = text
        self._out: list[str] = []
        self._levels: list[_Level] = []
        self._shown: list[_Level] = []
        """The levels as they were at the last token: a comment below it may still stand at one of them."""
        self._flow = 0
        self._end = 0
        self._last = ""

    def add(self, token: Any) -> None:
        kind = type(token).__name__
        start, end = token.start_mark.index, token.end_mark.index
        if not self._flow:
            self._open_or_close(kind, token.start_mark.column)
        if kind in _CLOSERS:
            self._flow -= 1
        if end > start:
            self._write(kind, token, self._text[start:end])
        if kind in _OPENERS:
            self._flow += 1

    def finish(self) -> str:
        if self._last == _BLOCK_SCALAR and not self._text.endswith("\n"):
            return "".join(self._out)  # a line break here would become part of its text
        self._gap(self._text[self._end :], None, "")
        while self._out and self._out[-1] in ("", "\n"):
            self._out.pop()
        return "".join([*self._out, "" if self._out[-1].endswith("\n") else "\n"])

    # ── levels ──

    def _open_or_close(self, kind: str, column: int) -> None:
        if kind == "BlockMappingStartToken":
            self._open(column, _Kind.MAPPING)
        elif kind == "BlockSequenceStartToken":
            self._open(column, _Kind.LIST)
        elif kind == "BlockEntryToken" and self._top().kind is _Kind.MAPPING:
            self._open(column, _Kind.FLUSH_LIST)
        elif kind == "KeyToken" and self._top().kind is _Kind.FLUSH_LIST:
            self._levels.pop()
        elif kind == "BlockEndToken":
            if self._top().kind is _Kind.FLUSH_LIST:
                self._levels.pop()
            self._levels.pop()

    def _open(self, column: int, kind: _Kind) -> None:
        self._levels.append(_Level(column, self._top().new + _INDENT if self._levels else 0, kind))

    def _top(self) -> _Level:
        return self._levels[-1] if self._levels else _OUTSIDE

    # ── writing ──

    def _write(self, kind: str, token: Any, text: str) -> None:
        self._gap(self._text[self._end : token.start_mark.index], token.start_mark.column, kind)
        level = self._top()
        if kind == "ScalarToken" and token.style in ("|", ">"):
            kind = _BLOCK_SCALAR
        self._out += _block_scalar(text, level) if kind == _BLOCK_SCALAR else [_shifted(text, level)]
        self._end, self._last, self._shown = token.end_mark.index, kind, list(self._levels)

    def _gap(self, gap: str, column: int | None, kind: str) -> None:
        """Write what lies between the last token and the next one, which stood at `column`."""
        begins_line = not self._out or self._out[-1].endswith("\n")
        if "\n" not in gap and not begins_line and column is not None:
            self._out.append(self._separator(kind))
            return
        first, *rest = gap.split("\n") if not begins_line else ["", *gap.split("\n")]
        if comment := first.strip():
            self._out.append(f"  {comment}")
        if not begins_line:
            self._out.append("\n")
        indent = self._indent(column) if column is not None else 0
        for line in rest if column is None else rest[:-1]:
            self._between(line, column, indent)
        self._out.append(" " * indent)

    def _between(self, line: str, column: int | None, indent: int) -> None:
        """A comment or a blank line that stands alone."""
        comment = line.strip()
        if comment:
            self._out.append(f"{' ' * self._comment_indent(line.index('#'), column, indent)}{comment}\n")
        elif self._out and not self._ends_blank():
            self._out.append("\n")

    def _ends_blank(self) -> bool:
        return "".join(self._out[-2:]).endswith("\n\n")

    def _indent(self, column: int) -> int:
        """Where the first token of a line goes: with the level it opens or belongs to."""
        level = self._top()
        return max(column + level.new - level.old, 0)

    def _comment_indent(self, column: int, next_column: int | None, next_indent: int) -> int:
        if column == next_column:
            return next_indent
        levels = {level.old: level.new for level in (*self._shown, *self._levels)}
        if column in levels:
            return levels[column]
        below = [old for old in levels if old < column]
        return column + levels[max(below)] - max(below) if below else next_indent

    def _separator(self, kind: str) -> str:
        if (self._last, kind) in _LOOSE:
            return " "
        return "" if self._last in _OPENERS or kind in _TIGHT_BEFORE or not self._last else " "


def _shifted(text: str, level: _Level) -> str:
    """A token's lines after its first, moved along with their level."""
    first, *rest = text.split("\n")
    return "\n".join([first, *(_moved(line, level.new - level.old) for line in rest)])


def _moved(line: str, by: int) -> str:
    if not line or by == 0:
        return line
    return " " * by + line if by > 0 else line[min(-by, len(line) - len(line.lstrip(" "))) :]


def _block_scalar(text: str, level: _Level) -> list[str]:
    """Its text is meaning, spaces and all: only its indentation moves, and blank lines that it drops go."""
    header, _, body = text.partition("\n")
    header = re.sub(r"\s+#", "  #", header.rstrip())
    lines = [_moved(line, level.new - level.old) for line in body.split("\n")]
    content = "\n".join([header, *lines])
    kept = content.rstrip("\n")
    if "+" in header.partition("#")[0] or kept == content:
        return [content]
    return [f"{kept}\n", *["\n"] * (content.count("\n", len(kept)) > 1)]
