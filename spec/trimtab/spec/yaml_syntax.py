"""Turns a syntax error of the YAML parser into words that tell its author what to change.

libyaml names a state of its grammar ("did not find expected key"); what went wrong shows in the text around it. Each
rule below looks at one such state; both parsers' wordings lead to the same rule. The parser cannot go on after a
syntax error, so there is one per document, beside whatever was found before it.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from trimtab.spec.diagnostic import Applicability, Diagnostic, Edit, Fix, Note
from trimtab.spec.positions import Span
from trimtab.spec.yaml_events import YAMLError
from trimtab.spec.yaml_failure import Failure, failure_of
from trimtab.spec.yaml_scalars import quoted, shortened

_KEY_WITHOUT_SPACE = re.compile(r"\s*(?:- )?([A-Za-z_][\w.-]*):(?=[^\s:/])")
_KEY_THEN_VALUE = re.compile(r"(\s*(?:- )*[^\s'\"\[{#][^:#]*?:\s+)(\S.*)")


def explain_syntax_error(error: YAMLError, text: str, file: str) -> Diagnostic:
    """One diagnostic for an error that the parser raised."""
    failure = failure_of(error, text, file)
    if failure is None:
        return Diagnostic("TT005", "this is not YAML", Span(file, 1, 1, 1, 1))
    for pattern, rule in _RULES:
        if re.search(pattern, f"{failure.context}: {failure.problem}"):
            return rule(failure)
    return Diagnostic("TT005", f"this is not YAML: {failure.problem}", failure.at(failure.mark))


def _tab_or_reserved(failure: Failure) -> Diagnostic:
    return _tab(failure) if failure.character == "\t" else _reserved(failure)


def _tab(failure: Failure) -> Diagnostic:
    tabs = len(failure.line[failure.mark.column :]) - len(failure.line[failure.mark.column :].lstrip("\t"))
    span = failure.at(failure.mark, max(tabs, 1))
    fix = Fix("replace each tab by two spaces", Applicability.UNSAFE, (Edit(span, "  " * max(tabs, 1)),))
    return Diagnostic("TT006", "a tab cannot indent: YAML indents with spaces", span, fix=fix)


def _reserved(failure: Failure) -> Diagnostic:
    value = _value_from(failure, failure.mark.column)
    return _needs_quotes(
        failure, f"a value that begins with {_sign(failure.character)}", failure.mark.column, value
    )


def _sign(character: str) -> str:
    return "a backtick" if character == "`" else f"`{character}`"


def _inside_flow(failure: Failure) -> bool:
    before = failure.line[: failure.mark.column]
    return before.count("[") + before.count("{") > before.count("]") + before.count("}")


def _anchor_or_alias(failure: Failure) -> Diagnostic:
    column = failure.start.column
    value = _value_from(failure, column)
    return _needs_quotes(failure, f"a value that begins with {_sign(value[:1])}", column, value)


def _value_from(failure: Failure, column: int) -> str:
    """What its author takes for the value that begins at `column`: up to a comment, in brackets to the next sign."""
    end = r"\s#|[,\]}]" if _inside_flow(failure) else r"\s#"
    return re.split(end, failure.line[column:])[0].rstrip()


def _needs_quotes(failure: Failure, what: str, column: int, value: str) -> Diagnostic:
    span = failure.span(failure.mark.line, column, column + max(len(value), 1))
    if "'" in value or '"' in value:
        return Diagnostic("TT010", f"{what} must be quoted", span)
    fix = Fix(f'quote it: "{shortened(value)}"', Applicability.SAFE, (Edit(span, quoted(value)),))
    return Diagnostic("TT010", f"{what} must be quoted", span, fix=fix)


def _open_quote(failure: Failure) -> Diagnostic:
    message = "this quote is never closed"
    if "document" in failure.problem:
        message = "this quote is not closed before the document's end"
    return Diagnostic("TT009", message, failure.at(failure.start), notes=_ends_at(failure))


def _open_bracket(failure: Failure) -> Diagnostic:
    opener = "[" if "sequence" in failure.context else "{"
    closer = "]" if opener == "[" else "}"
    if failure.mark.line == failure.start.line:
        if (inside := _inside_brackets(failure)) is not None:
            return inside
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


def _inside_brackets(failure: Failure) -> Diagnostic | None:
    """`{a: b: c}` and `{a: 'it's'}`: a plain value that goes on past what YAML takes for its end."""
    before = failure.line[: failure.mark.column]
    if before.endswith(("'", '"')):
        return _after_value(failure)
    value = re.search(r"(?:[{\[,]|: )\s*([^{}\[\],:]+)$", before)
    if failure.character != ":" or value is None:
        return None
    whole = _value_from(failure, value.start(1))
    return _needs_quotes(failure, "a value that holds `: `", value.start(1), whole)


def _ends_at(failure: Failure) -> tuple[Note, ...]:
    if not failure.line[failure.mark.column :].strip():
        return (Note("the file ends before it is closed"),)
    return (Note("the parser gave up here", failure.at(failure.mark)),)


def _escape(failure: Failure) -> Diagnostic:
    line, backslash = failure.mark.line, failure.line.rfind("\\", 0, failure.mark.column + 1)
    sequence = failure.line[backslash : backslash + 2]
    return Diagnostic(
        "TT011",
        f"`{sequence}` is not an escape that YAML knows",
        failure.span(line, backslash, backslash + 2),
        notes=(Note("in single quotes a backslash is just a backslash; in double quotes write `\\\\`"),),
    )


def _unexpected_colon(failure: Failure) -> Diagnostic:
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


def _missing_colon(failure: Failure, above: int) -> Diagnostic | None:
    text = failure.lines[above]
    if match := _KEY_WITHOUT_SPACE.match(text):
        return _missing_space(failure, above, match)
    if ":" in text or text.strip().startswith("- "):
        return None
    end = len(text.split(" #")[0].rstrip())
    span = failure.span(above, len(text) - len(text.lstrip()), end)
    fix = Fix("add the colon", Applicability.UNSAFE, (Edit(failure.span(above, end, end), ":"),))
    return Diagnostic("TT008", f"`{shortened(text.strip())}` has no `:` after it", span, fix=fix)


def _missing_space(failure: Failure, above: int, match: re.Match[str]) -> Diagnostic:
    colon = match.end() - 1
    insert = failure.span(above, colon + 1, colon + 1)
    fix = Fix("add the space", Applicability.SAFE, (Edit(insert, " "),))
    return Diagnostic(
        "TT008",
        f"`{match[1]}:` needs a space after its colon",
        failure.span(above, match.start(1), colon + 1),
        fix=fix,
    )


def _indented_too_far(failure: Failure, above: int) -> Diagnostic:
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


def _line_span(failure: Failure, line: int) -> Span:
    text = failure.lines[line]
    return failure.span(line, len(text) - len(text.lstrip()), len(text.rstrip()))


def _no_key(failure: Failure) -> Diagnostic:
    """Something stands where the next key of a mapping should begin."""
    if not failure.begins_line:
        return _after_value(failure)
    if failure.character == ":":
        return Diagnostic("TT013", "no key stands before this `:`", failure.at(failure.mark))
    where = failure.at(failure.mark, max(len(failure.line.strip()), 1))
    if failure.character == "-" and failure.line.strip().startswith("- "):
        return Diagnostic("TT007", "a list item stands where a key is expected", where)
    return Diagnostic("TT007", "this line's indentation matches no open level above it", where)


def _after_value(failure: Failure) -> Diagnostic:
    if failure.character in "]}":
        return Diagnostic("TT005", f"this `{failure.character}` closes nothing", failure.at(failure.mark))
    rest = _value_from(failure, failure.mark.column)
    return Diagnostic(
        "TT010",
        f"`{shortened(rest)}` follows a value that has already ended",
        failure.at(failure.mark, max(len(rest), 1)),
        notes=(Note("quote the whole value; inside single quotes write '' for one quote"),),
    )


def _no_item(failure: Failure) -> Diagnostic:
    if not failure.begins_line:
        return _after_value(failure)
    where = failure.at(failure.mark, max(len(failure.line.strip()), 1))
    return Diagnostic("TT007", "a key stands where the next `- ` of a list is expected", where)


def _item_on_key_line(failure: Failure) -> Diagnostic:
    return Diagnostic(
        "TT005",
        "a list cannot begin on the line of its key",
        failure.at(failure.mark),
        notes=(Note("begin each `- ` on a line of its own, or write `[a, b]`"),),
    )


def _no_content(failure: Failure) -> Diagnostic:
    found = f"`{failure.character}`" if failure.character.strip() else "nothing"
    return Diagnostic("TT005", f"expected a value, found {found}", failure.at(failure.mark))


def _block_scalar(failure: Failure) -> Diagnostic:
    return Diagnostic("TT005", "the text of `|` and `>` begins on the next line", failure.at(failure.mark))


def _tag(failure: Failure) -> Diagnostic:
    return Diagnostic("TT015", "tags (`!…`) are not part of the language", failure.at(failure.start))


def _directive(failure: Failure) -> Diagnostic:
    span = failure.span(failure.mark.line, 0, max(len(failure.line), 1))
    return Diagnostic("TT026", "directives are not part of the language; specs are YAML 1.2", span)


def _second_document(failure: Failure) -> Diagnostic:
    return Diagnostic("TT017", "the document has ended; one file holds one spec", failure.at(failure.mark))


def _key_without_colon(failure: Failure) -> Diagnostic:
    line = failure.start.line
    return _missing_colon(failure, line) or Diagnostic(
        "TT008", "this key has no `:` after it", failure.at(failure.start)
    )


def _question_mark(failure: Failure) -> Diagnostic:
    return _needs_quotes(
        failure, "a value that begins with `? `", failure.mark.column, failure.line[failure.mark.column :]
    )


_RULES: tuple[tuple[str, Callable[[Failure], Diagnostic]], ...] = (
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
