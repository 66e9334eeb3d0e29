"""Turns a syntax error of the YAML parser into words that tell its author what to change.

libyaml names a state of its grammar ("did not find expected key"); what went wrong shows in the text around it. Each
rule below looks at one such state; both parsers' wordings lead to the same rule. The parser cannot go on after a
syntax error, so there is one per document, beside whatever was found before it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple, Protocol

from trimtab.spec.diagnostic import Applicability, Diagnostic, Edit, Fix, Note
from trimtab.spec.positions import Span
from trimtab.spec.text_lines import split_lines
from trimtab.spec.yaml_events import MarkedYAMLError, YAMLError
from trimtab.spec.yaml_scalars import shortened

_KEY_WITHOUT_SPACE = re.compile(r"\s*(?:- )?([A-Za-z_][\w.-]*):(?=[^\s:/])")
_KEY_THEN_VALUE = re.compile(r"(\s*(?:- )*[^\s'\"\[{#][^:#]*?:\s+)(\S.*)")


class _Place(Protocol):
    """A line and a column, counted from 0: a parser's mark, or where the text ends."""

    @property
    def line(self) -> int: ...
    @property
    def column(self) -> int: ...


class _Failure(NamedTuple):
    """A syntax error and the text it stands in."""

    file: str
    lines: list[str]
    context: str
    problem: str
    start: _Place
    mark: _Place

    @property
    def line(self) -> str:
        return self.lines[self.mark.line] if self.mark.line < len(self.lines) else ""

    @property
    def character(self) -> str:
        return self.line[self.mark.column : self.mark.column + 1]

    @property
    def begins_line(self) -> bool:
        return not self.line[: self.mark.column].strip()

    def at(self, mark: _Place, width: int = 1) -> Span:
        return self.span(mark.line, mark.column, mark.column + width)

    def span(self, line: int, start: int, end: int) -> Span:
        return Span(self.file, line + 1, start + 1, line + 1, end + 1)

    def previous_line(self) -> int | None:
        """The last line above that says something."""
        above = range(min(self.mark.line, len(self.lines)) - 1, -1, -1)
        return next((n for n in above if self.lines[n].split("#")[0].strip()), None)


def explain_syntax_error(error: YAMLError, text: str, file: str) -> Diagnostic:
    """One diagnostic for an error that the parser raised."""
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    if mark is None or not isinstance(error, MarkedYAMLError):
        return Diagnostic("TT005", "this is not YAML", Span(file, 1, 1, 1, 1))
    lines = split_lines(text)
    start, end = _within(error.context_mark or mark, lines), _within(mark, lines)
    failure = _Failure(file, lines, error.context or "", error.problem or "", start, end)
    for pattern, rule in _RULES:
        if re.search(pattern, f"{failure.context}: {failure.problem}"):
            return rule(failure)
    return Diagnostic("TT005", f"this is not YAML: {failure.problem}", failure.at(failure.mark))


class _LastPlace(NamedTuple):
    line: int
    column: int


def _within(mark: _Place, lines: list[str]) -> _Place:
    """At the end of a text without a last line break, the parser stands on a line that is not there."""
    if mark.line < len(lines):
        return mark
    return _LastPlace(len(lines) - 1, len(lines[-1]))


def _tab_or_reserved(failure: _Failure) -> Diagnostic:
    return _tab(failure) if failure.character == "\t" else _reserved(failure)


def _tab(failure: _Failure) -> Diagnostic:
    tabs = len(failure.line[failure.mark.column :]) - len(failure.line[failure.mark.column :].lstrip("\t"))
    span = failure.at(failure.mark, max(tabs, 1))
    fix = Fix("replace each tab by two spaces", Applicability.UNSAFE, (Edit(span, "  " * max(tabs, 1)),))
    return Diagnostic("TT006", "a tab cannot indent: YAML indents with spaces", span, fix=fix)


def _reserved(failure: _Failure) -> Diagnostic:
    rest = failure.line[failure.mark.column :]
    value = re.split(r"\s#|[,\]}]" if _inside_flow(failure) else r"\s#", rest)[0].rstrip()
    return _needs_quotes(
        failure, f"a value that begins with `{failure.character}`", failure.mark.column, value
    )


def _inside_flow(failure: _Failure) -> bool:
    before = failure.line[: failure.mark.column]
    return before.count("[") + before.count("{") > before.count("]") + before.count("}")


def _anchor_or_alias(failure: _Failure) -> Diagnostic:
    column = failure.start.column
    rest = failure.lines[failure.start.line][column:]
    value = re.split(r"\s#|[,\]}]" if _inside_flow(failure) else r"\s#", rest)[0].rstrip()
    return _needs_quotes(failure, f"a value that begins with `{rest[:1]}`", column, value)


def _needs_quotes(failure: _Failure, what: str, column: int, value: str) -> Diagnostic:
    span = failure.span(failure.mark.line, column, column + max(len(value), 1))
    if "'" in value or '"' in value:
        return Diagnostic("TT010", f"{what} must be quoted", span)
    fix = Fix(f'quote it: "{shortened(value)}"', Applicability.SAFE, (Edit(span, quoted(value)),))
    return Diagnostic("TT010", f"{what} must be quoted", span, fix=fix)


def quoted(text: str) -> str:
    """`text` as a double-quoted scalar on one line."""
    import json

    return json.dumps(text, ensure_ascii=False)


def _open_quote(failure: _Failure) -> Diagnostic:
    message = "this quote is never closed"
    if "document" in failure.problem:
        message = "this quote is not closed before the document's end"
    return Diagnostic("TT009", message, failure.at(failure.start), notes=_ends_at(failure))


def _open_bracket(failure: _Failure) -> Diagnostic:
    opener = "[" if "sequence" in failure.context else "{"
    closer = "]" if opener == "[" else "}"
    if failure.mark.line == failure.start.line:
        return Diagnostic(
            "TT005",
            f"expected `,` or `{closer}` here",
            failure.at(failure.mark),
            notes=(Note(f"inside this `{opener}`", failure.at(failure.start)),),
        )
    return Diagnostic(
        "TT009",
        f"this `{opener}` is never closed by `{closer}`",
        failure.at(failure.start),
        notes=_ends_at(failure),
    )


def _ends_at(failure: _Failure) -> tuple[Note, ...]:
    if not failure.line[failure.mark.column :].strip():
        return (Note("the file ends before it is closed"),)
    return (Note("the parser gave up here", failure.at(failure.mark)),)


def _escape(failure: _Failure) -> Diagnostic:
    line, backslash = failure.mark.line, failure.line.rfind("\\", 0, failure.mark.column + 1)
    sequence = failure.line[backslash : backslash + 2]
    return Diagnostic(
        "TT011",
        f"`{sequence}` is not an escape that YAML knows",
        failure.span(line, backslash, backslash + 2),
        notes=(Note("in single quotes a backslash is just a backslash; in double quotes write `\\\\`"),),
    )


def _unexpected_colon(failure: _Failure) -> Diagnostic:
    """`a: b: c`, a key without its colon or space on the line above, or a key that is indented too far."""
    before = failure.line[: failure.mark.column]
    pair = _KEY_THEN_VALUE.match(failure.line)
    if pair and pair.end(1) <= failure.mark.column and ": " in before + " ":
        value = failure.line[pair.end(1) :].split(" #")[0].rstrip()
        return _needs_quotes(failure, "a value that holds `: `", pair.end(1), value)
    above = failure.previous_line()
    if above is None:
        return Diagnostic("TT005", "a `:` is not allowed here", failure.at(failure.mark))
    return _missing_colon(failure, above) or _indented_too_far(failure, above)


def _missing_colon(failure: _Failure, above: int) -> Diagnostic | None:
    text = failure.lines[above]
    if match := _KEY_WITHOUT_SPACE.match(text):
        return _missing_space(failure, above, match)
    if ":" in text or text.strip().startswith("- "):
        return None
    end = len(text.split(" #")[0].rstrip())
    span = failure.span(above, len(text) - len(text.lstrip()), end)
    fix = Fix("add the colon", Applicability.UNSAFE, (Edit(failure.span(above, end, end), ":"),))
    return Diagnostic("TT008", f"`{shortened(text.strip())}` has no `:` after it", span, fix=fix)


def _missing_space(failure: _Failure, above: int, match: re.Match[str]) -> Diagnostic:
    colon = match.end() - 1
    insert = failure.span(above, colon + 1, colon + 1)
    fix = Fix("add the space", Applicability.SAFE, (Edit(insert, " "),))
    return Diagnostic(
        "TT008",
        f"`{match[1]}:` needs a space after its colon",
        failure.span(above, match.start(1), colon + 1),
        fix=fix,
    )


def _indented_too_far(failure: _Failure, above: int) -> Diagnostic:
    indent = len(failure.line) - len(failure.line.lstrip())
    key = failure.line[indent : failure.mark.column]
    return Diagnostic(
        "TT007",
        f"`{shortened(key)}` is indented deeper than the line before it allows",
        failure.span(failure.mark.line, indent, failure.mark.column),
        notes=(
            Note("this line already has a value, so nothing can stand below it", _line_span(failure, above)),
        ),
    )


def _line_span(failure: _Failure, line: int) -> Span:
    text = failure.lines[line]
    return failure.span(line, len(text) - len(text.lstrip()), len(text.rstrip()))


def _no_key(failure: _Failure) -> Diagnostic:
    """Something stands where the next key of a mapping should begin."""
    if not failure.begins_line:
        return _after_value(failure)
    where = failure.at(failure.mark, max(len(failure.line.strip()), 1))
    if failure.character == "-" and failure.line.strip().startswith("- "):
        return Diagnostic("TT007", "a list item stands where a key is expected", where)
    return Diagnostic("TT007", "this line's indentation matches no open level above it", where)


def _after_value(failure: _Failure) -> Diagnostic:
    if failure.character in "]}":
        return Diagnostic("TT005", f"this `{failure.character}` closes nothing", failure.at(failure.mark))
    rest = failure.line[failure.mark.column :].rstrip()
    return Diagnostic(
        "TT010",
        f"`{shortened(rest)}` follows a value that has already ended",
        failure.at(failure.mark, max(len(rest), 1)),
        notes=(Note("quote the whole value; inside single quotes write '' for one quote"),),
    )


def _no_item(failure: _Failure) -> Diagnostic:
    if not failure.begins_line:
        return _after_value(failure)
    where = failure.at(failure.mark, max(len(failure.line.strip()), 1))
    return Diagnostic("TT007", "a key stands where the next `- ` of a list is expected", where)


def _item_on_key_line(failure: _Failure) -> Diagnostic:
    return Diagnostic(
        "TT005",
        "a list cannot begin on the line of its key",
        failure.at(failure.mark),
        notes=(Note("begin each `- ` on a line of its own, or write `[a, b]`"),),
    )


def _no_content(failure: _Failure) -> Diagnostic:
    found = f"`{failure.character}`" if failure.character.strip() else "nothing"
    return Diagnostic("TT005", f"expected a value, found {found}", failure.at(failure.mark))


def _block_scalar(failure: _Failure) -> Diagnostic:
    return Diagnostic("TT005", "the text of `|` and `>` begins on the next line", failure.at(failure.mark))


def _tag(failure: _Failure) -> Diagnostic:
    return Diagnostic("TT015", "tags (`!…`) are not part of the language", failure.at(failure.start))


def _directive(failure: _Failure) -> Diagnostic:
    span = failure.span(failure.mark.line, 0, max(len(failure.line), 1))
    return Diagnostic("TT026", "directives are not part of the language; specs are YAML 1.2", span)


def _second_document(failure: _Failure) -> Diagnostic:
    return Diagnostic("TT017", "the document has ended; one file holds one spec", failure.at(failure.mark))


def _key_without_colon(failure: _Failure) -> Diagnostic:
    line = failure.start.line
    return _missing_colon(failure, line) or Diagnostic(
        "TT008", "this key has no `:` after it", failure.at(failure.start)
    )


def _question_mark(failure: _Failure) -> Diagnostic:
    return _needs_quotes(
        failure, "a value that begins with `? `", failure.mark.column, failure.line[failure.mark.column :]
    )


_RULES: tuple[tuple[str, Callable[[_Failure], Diagnostic]], ...] = (
    (r"tab character", _tab),
    (r"cannot start any token", _tab_or_reserved),
    (r"scanning an? (anchor|alias)", _anchor_or_alias),
    (r"quoted scalar: found unexpected (end|document)", _open_quote),
    (r"quoted scalar: ", _escape),
    (r"block scalar", _block_scalar),
    (r"tag", _tag),
    (r"directive|incompatible", _directive),
    (r"document start", _second_document),
    (r"parsing a flow (sequence|mapping): ", _open_bracket),
    (r"mapping values are not allowed", _unexpected_colon),
    (r"block mapping: ", _no_key),
    (r"block collection: ", _no_item),
    (r"sequence entries are not allowed", _item_on_key_line),
    (r"node content", _no_content),
    (r"simple key", _key_without_colon),
    (r"mapping keys are not allowed", _question_mark),
)
