"""The format for people: the message, the line with a caret under the fault, what else belongs to it, what to do.

error[TT012]: `nodes` is given twice
  --> mlsystem.yaml:43:7
   |
42 |       pool: cpu
43 |       nodes: 2
   |       ^^^^^
note: first given here
  --> mlsystem.yaml:40:7
help: …
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from trimtab.spec.diagnostic import Applicability, Diagnostic, Fix, Note
from trimtab.spec.positions import Span
from trimtab.spec.render.terminal import FRAME, STRONG, cells, inert, inert_cells, paint, severity_style
from trimtab.spec.text_lines import split_lines

_WIDEST_LINE = 160
"""Longer lines are shown as a window around the fault."""
_BEFORE_FAULT = 60


def render(diagnostics: Sequence[Diagnostic], texts: Mapping[str, str], *, color: bool = False) -> str:
    lines = {file: split_lines(text) for file, text in texts.items()}
    return "\n".join("".join(f"{line}\n" for line in _block(d, lines, color)) for d in diagnostics)


def _block(diagnostic: Diagnostic, lines: Mapping[str, list[str]], color: bool) -> Iterator[str]:
    style = severity_style(diagnostic.severity)
    head = paint(f"{diagnostic.severity.value}[{diagnostic.code}]", style, color)
    yield f"{head}{paint(': ' + inert(diagnostic.message), STRONG, color)}"
    yield from _snippet(diagnostic.span, lines, style, color, context=True)
    for note in diagnostic.notes:
        yield from _note(note, lines, color)
    if diagnostic.fix:
        yield f"{paint('help', '1;36', color)}: {inert(_advice(diagnostic.fix))}"


def _note(note: Note, lines: Mapping[str, list[str]], color: bool) -> Iterator[str]:
    yield f"{paint('note', '1;32', color)}: {inert(note.message)}"
    if note.span:
        yield from _snippet(note.span, lines, "1;32", color, context=False)


def _advice(fix: Fix) -> str:
    if not fix.edits or fix.applicability is Applicability.DISPLAY_ONLY:
        return fix.title
    option = "--fix" if fix.applicability is Applicability.SAFE else "--fix --unsafe-fixes"
    return f"{fix.title} (`{option}` does it)"


def _snippet(
    span: Span, lines: Mapping[str, list[str]], style: str, color: bool, *, context: bool
) -> Iterator[str]:
    text = lines.get(span.file, [])
    shown = [
        n
        for n in _around(span.line, context)
        if 1 <= n <= len(text) and (n == span.line or text[n - 1].strip())
    ]
    margin = len(str(shown[-1])) if shown else 1
    yield f"{' ' * margin}{paint('-->', FRAME, color)} {inert(str(span))}"
    if span.line not in shown:
        return
    bar = paint("|", FRAME, color)
    yield f"{' ' * margin} {bar}"
    for number in shown:
        window = _Window(text[span.line - 1], span)
        yield f"{paint(f'{number:>{margin}}', FRAME, color)} {bar} {window.cut(text[number - 1])}".rstrip()
        if number == span.line:
            yield f"{' ' * margin} {bar} {window.indent}{paint(window.carets, style, color)}"


def _around(line: int, context: bool) -> range:
    return range(line - 1, line + 2) if context else range(line, line + 1)


class _Window:
    """The part of a line that is shown, and the carets below it."""

    def __init__(self, line: str, span: Span) -> None:
        start = min(span.column - 1, len(line))
        end = span.end_column - 1 if span.end_line == span.line else len(line)
        end = max(min(end, len(line)), start)
        self._first = max(0, start - _BEFORE_FAULT) if len(line) > _WIDEST_LINE else 0
        before, fault = (
            self.cut(line)[: start - self._first],
            line[start : min(end, self._first + _WIDEST_LINE)],
        )
        self.indent = " " * cells(before)
        self.carets = "^" * max(1, cells(fault.rstrip()))

    def cut(self, line: str) -> str:
        if len(line) <= _WIDEST_LINE and not self._first:
            return inert_cells(line)
        part = line[self._first : self._first + _WIDEST_LINE]
        part = f"…{part[1:]}" if self._first else part
        return inert_cells(f"{part[:-1]}…" if self._first + _WIDEST_LINE < len(line) else part)
