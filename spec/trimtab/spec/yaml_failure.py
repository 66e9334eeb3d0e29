"""Where the YAML parser gave up, together with the text around it: what its errors are explained from."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from trimtab.spec.positions import Span
from trimtab.spec.text_lines import split_lines
from trimtab.spec.yaml_events import MarkedYAMLError, YAMLError


class Place(Protocol):
    """A line and a column, counted from 0: a parser's mark, or where the text ends."""

    @property
    def line(self) -> int: ...
    @property
    def column(self) -> int: ...


class Failure(NamedTuple):
    """A syntax error and the text it stands in."""

    file: str
    lines: list[str]
    context: str
    problem: str
    start: Place
    mark: Place

    @property
    def line(self) -> str:
        return self.lines[self.mark.line] if self.mark.line < len(self.lines) else ""

    @property
    def character(self) -> str:
        return self.line[self.mark.column : self.mark.column + 1]

    @property
    def begins_line(self) -> bool:
        return not self.line[: self.mark.column].strip()

    def at(self, mark: Place, width: int = 1) -> Span:
        return self.span(mark.line, mark.column, mark.column + width)

    def span(self, line: int, start: int, end: int) -> Span:
        return Span(self.file, line + 1, start + 1, line + 1, end + 1)

    def previous_line(self) -> int | None:
        """The last line above that says something."""
        above = range(min(self.mark.line, len(self.lines)) - 1, -1, -1)
        return next((n for n in above if self.lines[n].split("#")[0].strip()), None)


def failure_of(error: YAMLError, text: str, file: str) -> Failure | None:
    """The failure that an exception of the parser's tells of; None where it says not where."""
    if not isinstance(error, MarkedYAMLError):
        return None
    mark = error.problem_mark or error.context_mark
    if mark is None:
        return None
    lines = split_lines(text)
    start, end = _within(error.context_mark or mark, lines), _within(mark, lines)
    return Failure(file, lines, error.context or "", error.problem or "", start, end)


class _LastPlace(NamedTuple):
    line: int
    column: int


def _within(mark: Place, lines: list[str]) -> Place:
    """At the end of a text without a last line break, the parser stands on a line that is not there."""
    if mark.line < len(lines):
        return mark
    return _LastPlace(len(lines) - 1, len(lines[-1]))
