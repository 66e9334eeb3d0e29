"""Turns what pydantic found into diagnostics: at the line that was written, in words of our own.

A missing key and an unknown one that is its misspelling become one finding. Nothing here knows a particular field.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from trimtab.spec.diagnostic import Diagnostic, Fix, Note
from trimtab.spec.model.base import Model
from trimtab.spec.model_shape import field_at, keys_of, may_be_left_out, model_at
from trimtab.spec.positions import Positions, Span, SpecPath
from trimtab.spec.schema_findings import Finding, located, together
from trimtab.spec.schema_texts import described, expectation
from trimtab.spec.suggest import listed
from trimtab.spec.text_lines import text_at
from trimtab.spec.unknown_keys import Suggestion, mapping_at, rename, suggest_key
from trimtab.spec.value_fixes import is_plain_scalar, value_fix, wants_text
from trimtab.spec.value_hints import MAPPING_TYPES, example_of, hint
from trimtab.spec.wrapping import wrapped

if TYPE_CHECKING:
    from pydantic import ValidationError

_MOST_KEYS_LISTED = 16


@dataclass(frozen=True, slots=True)
class Source:
    """The text that was validated, and what reading it told: see `yaml_reader.Document`."""

    text: str = ""
    anchored: Mapping[SpecPath, Span] = field(default_factory=dict)
    rejected: frozenset[SpecPath] = frozenset()


def diagnose(
    error: ValidationError, tree: Any, positions: Positions, model: type[Model], source: Source | None = None
) -> tuple[Diagnostic, ...]:
    """Every error that validating `tree` against `model` found. `positions` may be those of an overlaid spec."""
    context = _Context(tree, positions, model, source or Source())
    return tuple(_written(located(error, tree), context))


class _Context(NamedTuple):
    tree: Any
    positions: Positions
    model: type[Model]
    source: Source

    def rejected(self, path: SpecPath) -> bool:
        return any(path[:n] in self.source.rejected for n in range(len(path) + 1))

    def written(self, span: Span) -> str:
        return text_at(self.source.text, span)

    def value(self, path: SpecPath) -> Span:
        """Where a value stands; an empty one, at its key."""
        entry = self.positions.get(path)
        if entry and entry.key and entry.value[1:3] == entry.value[3:5]:
            return entry.key
        return self.positions.value(path)


def _written(findings: list[Finding], context: _Context) -> Iterable[Diagnostic]:
    unknown = [f for f in findings if f.kind == "extra_forbidden"]
    meant = {f.path: suggest_key(context.model, context.tree, f.path) for f in unknown}
    named = {(path[:-1], (s.target,)) for path, s in meant.items() if s}
    first = _first_of_each(meant)
    for finding in together(f for f in findings if (f.path, f.missing) not in named):
        if context.rejected(finding.path):
            continue
        diagnostic = _diagnostic(finding, meant.get(finding.path), context)
        if finding.path in meant and finding.path not in first:
            diagnostic = diagnostic._replace(fix=None)
        yield _with_anchor(diagnostic, finding.path, context)


def _first_of_each(meant: Mapping[SpecPath, Suggestion | None]) -> set[SpecPath]:
    """Of several keys that one key was meant by, the first. Were all of them mended, it would be given twice."""
    first: dict[SpecPath, SpecPath] = {}
    for path, suggestion in meant.items():
        if suggestion is not None:
            first.setdefault((*path[:-1], suggestion.target.partition(".")[0]), path)
    return set(first.values())


def _with_anchor(diagnostic: Diagnostic, path: SpecPath, context: _Context) -> Diagnostic:
    """An error in an alias is found where the alias is used; a note says where its value is written."""
    written = context.source.anchored.get(path)
    if written is None:
        return diagnostic
    note = Note("the value of the alias is written here", written)
    return Diagnostic(
        diagnostic.code, diagnostic.message, diagnostic.span, diagnostic.severity, (*diagnostic.notes, note)
    )


def _diagnostic(finding: Finding, meant: Suggestion | None, context: _Context) -> Diagnostic:
    if finding.kind == "extra_forbidden":
        return _unknown_key(finding, meant, context)
    if finding.kind == "missing":
        return _missing_key(finding, context)
    if finding.at_key:
        return _bad_name(finding, context)
    if finding.kind in _ONE_OF:
        return _one_of(finding, context)
    if finding.given is None:
        return _empty(finding, context)
    return _wrong_value(finding, context)


# ── keys ──


def _unknown_key(finding: Finding, meant: Suggestion | None, context: _Context) -> Diagnostic:
    key, where = finding.path[-1], _named(finding.path[:-1])
    span = context.positions.key(finding.path)
    message = f"{where} has no key `{key}`"
    if meant is None:
        return Diagnostic("TT101", message, span, notes=_known_keys(finding.path[:-1], context))
    return Diagnostic("TT101", f"{message}; {meant.words}", span, fix=_rename(finding.path, meant, context))


def _rename(path: SpecPath, meant: Suggestion, context: _Context) -> Fix | None:
    entry = context.positions.get(path)
    if entry is None or entry.key is None or context.written(entry.key).strip("'\"") != path[-1]:
        return None
    one_line = entry.key.line == entry.value.line == entry.value.end_line
    return rename(meant, entry, mapping_at(context.tree, path[:-1]), one_line)


def _known_keys(path: SpecPath, context: _Context) -> tuple[Note, ...]:
    model = model_at(context.model, path)
    free = [k for k in keys_of(model) if k not in mapping_at(context.tree, path)] if model else []
    if not free or len(free) > _MOST_KEYS_LISTED:
        return ()
    return (Note(f"it may have {listed(free)}"),)


def _missing_key(finding: Finding, context: _Context) -> Diagnostic:
    keys = "the key" if len(finding.missing) == 1 else "the keys"
    message = f"{_named(finding.path)} needs {keys} {listed(finding.missing, 'and')}"
    model = model_at(context.model, finding.path)
    note = example_of(model, finding.missing) if model else None
    return Diagnostic(
        "TT102", message, context.positions.key(finding.path), notes=(Note(note),) if note else ()
    )


def _bad_name(finding: Finding, context: _Context) -> Diagnostic:
    expected = expectation(finding.kind, finding.context).phrase
    span = context.positions.key(finding.path)
    return Diagnostic("TT113", f"`{finding.path[-1]}` must be {expected}", span)


_ONE_OF = frozenset({"one_of_missing", "one_of_conflict", "goes_with"})


def _one_of(finding: Finding, context: _Context) -> Diagnostic:
    where, details = _named(finding.path), finding.context
    if finding.kind == "one_of_missing":
        message = f"{where} needs one of {listed(details['choices'])}"
        return Diagnostic("TT110", message, context.positions.key(finding.path))
    if finding.kind == "goes_with":
        below = context.positions.key((*finding.path, details["key"]))
        return Diagnostic("TT112", f"`{details['key']}` goes with `{details['owner']}` only", below)
    first, *others = (context.positions.key((*finding.path, name)) for name in details["found"])
    message = f"{where} may have only one of {listed(details['found'])}"
    return Diagnostic("TT111", message, others[0], notes=(Note("the other one", first),))


# ── values ──


def _empty(finding: Finding, context: _Context) -> Diagnostic:
    expected = expectation(finding.kind, finding.context).phrase
    message = f"{_named(finding.path)} has no value; it must be {expected}"
    optional = may_be_left_out(context.model, finding.path)
    notes = (Note("leave the key out to get its default"),) if optional else ()
    return Diagnostic("TT109", message, context.value(finding.path), notes=notes)


def _wrong_value(finding: Finding, context: _Context) -> Diagnostic:
    code, expected = expectation(finding.kind, finding.context)
    span = context.value(finding.path)
    fix = _fix(finding, span, context)
    note = (
        None
        if fix
        else hint(finding, model_at(context.model, finding.path), field_at(context.model, finding.path))
    )
    if is_plain_scalar(finding.given) and wants_text(finding.kind, finding.context):
        code = "TT104" if _quotes_help(finding, context) else "TT103"
    elif code in ("TT104", "TT107") and not isinstance(finding.given, (str, int, float)):
        code = "TT103"
    message = (
        f"{_named(finding.path)} must be {expected}, not {described(finding.given, context.written(span))}"
    )
    if code == "TT108":
        message = f"{_named(finding.path)} must have {expected}"
    return Diagnostic(code, message, span, notes=(Note(note),) if note else (), fix=fix)


def _fix(finding: Finding, span: Span, context: _Context) -> Fix | None:
    """None for an alias: the text of its value is elsewhere, and shared."""
    written = context.written(span)
    if finding.path in context.source.anchored or written.startswith("*"):
        return None
    if finding.kind in MAPPING_TYPES:
        return wrapped(finding.given, written, model_at(context.model, finding.path), span)
    if is_plain_scalar(finding.given) and not _quotes_help(finding, context):
        return None
    return value_fix(finding.kind, finding.given, finding.context, written, span)


def _quotes_help(finding: Finding, context: _Context) -> bool:
    """Whether a scalar in quotes may be meant. `true` is, as the value of a name that people give; not as an answer."""
    free = model_at(context.model, finding.path[:-1]) is None
    return not isinstance(finding.given, bool) or free or not wants_text(finding.kind, finding.context)


def _named(path: SpecPath) -> str:
    """How a place is called in a sentence."""
    if not path:
        return "the spec"
    if isinstance(path[-1], int):
        return f"item {path[-1] + 1} of {_named(path[:-1])}"
    return f"`{path[-1]}`"
