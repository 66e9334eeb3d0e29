"""Turns what pydantic found into diagnostics: at the line that was written, in words of our own.

pydantic's `loc` is not a path of the text: a shorthand adds parts that nobody wrote, a bad key ends in `[key]`. It is
walked along the tree and what is not there is dropped. A missing key and an unknown one that is its misspelling
become one finding. Nothing here knows a particular field.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from trimtab.spec.diagnostic import Diagnostic, Fix, Note
from trimtab.spec.model.base import Model
from trimtab.spec.model_shape import keys_of, may_be_left_out, model_at
from trimtab.spec.positions import Positions, Span, SpecPath
from trimtab.spec.schema_texts import described, expectation
from trimtab.spec.suggest import listed
from trimtab.spec.text_lines import text_at
from trimtab.spec.unknown_keys import Suggestion, mapping_at, rename, suggest_key
from trimtab.spec.value_fixes import is_plain_scalar, unit_of, value_fix

if TYPE_CHECKING:
    from pydantic import ValidationError

_MOST_KEYS_LISTED = 16


@dataclass(frozen=True, slots=True)
class Source:
    """The text that was validated, and what reading it told: see `yaml_reader.Document`."""

    text: str = ""
    anchored: Mapping[SpecPath, Span] = field(default_factory=dict)
    rejected: frozenset[SpecPath] = frozenset()


class _Finding(NamedTuple):
    """One of pydantic's errors, at its place in the tree."""

    kind: str
    path: SpecPath
    given: Any
    context: Mapping[str, Any]
    missing: str = ""
    at_key: bool = False


def diagnose(
    error: ValidationError, tree: Any, positions: Positions, model: type[Model], source: Source | None = None
) -> tuple[Diagnostic, ...]:
    """Every error that validating `tree` against `model` found. `positions` may be those of an overlaid spec."""
    context = _Context(tree, positions, model, source or Source())
    findings = [_placed(e, tree) for e in error.errors(include_url=False, include_input=True)]
    return tuple(_written(findings, context))


def _placed(error: Mapping[str, Any], tree: Any) -> _Finding:
    kind, loc = error["type"], error["loc"]
    missing = str(loc[-1]) if kind == "missing" else ""
    at_key = bool(loc) and loc[-1] == "[key]"
    path = _path(loc[:-1] if missing or at_key else loc, tree)
    return _Finding(kind, path, error["input"], error.get("ctx", {}), missing, at_key)


def _path(loc: Iterable[str | int], tree: Any) -> SpecPath:
    """The parts of `loc` that exist in the tree."""
    path: list[str | int] = []
    for part in loc:
        if (isinstance(tree, Mapping) and part in tree) or _is_item(tree, part):
            path.append(part)
            tree = tree[part]
    return tuple(path)


def _is_item(tree: Any, part: str | int) -> bool:
    return isinstance(tree, (list, tuple)) and isinstance(part, int) and part < len(tree)


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


def _written(findings: list[_Finding], context: _Context) -> Iterable[Diagnostic]:
    unknown = [f for f in findings if f.kind == "extra_forbidden"]
    meant = {f.path: suggest_key(context.model, context.tree, f.path) for f in unknown}
    named = {(path[:-1], s.target) for path, s in meant.items() if s}
    for finding in findings:
        if context.rejected(finding.path) or (finding.path, finding.missing) in named:
            continue
        diagnostic = _diagnostic(finding, meant.get(finding.path), context)
        yield _with_anchor(diagnostic, finding.path, context)


def _with_anchor(diagnostic: Diagnostic, path: SpecPath, context: _Context) -> Diagnostic:
    """An error in an alias is found where the alias is used; a note says where its value is written."""
    written = context.source.anchored.get(path)
    if written is None:
        return diagnostic
    note = Note("the value of the alias is written here", written)
    return Diagnostic(
        diagnostic.code, diagnostic.message, diagnostic.span, diagnostic.severity, (*diagnostic.notes, note)
    )


def _diagnostic(finding: _Finding, meant: Suggestion | None, context: _Context) -> Diagnostic:
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


def _unknown_key(finding: _Finding, meant: Suggestion | None, context: _Context) -> Diagnostic:
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


def _missing_key(finding: _Finding, context: _Context) -> Diagnostic:
    message = f"{_named(finding.path)} needs the key `{finding.missing}`"
    return Diagnostic("TT102", message, context.positions.key(finding.path))


def _bad_name(finding: _Finding, context: _Context) -> Diagnostic:
    expected = expectation(finding.kind, finding.context).phrase
    span = context.positions.key(finding.path)
    return Diagnostic("TT113", f"`{finding.path[-1]}` must be {expected}", span)


_ONE_OF = frozenset({"one_of_missing", "one_of_conflict", "goes_with"})


def _one_of(finding: _Finding, context: _Context) -> Diagnostic:
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


def _empty(finding: _Finding, context: _Context) -> Diagnostic:
    expected = expectation(finding.kind, finding.context).phrase
    message = f"{_named(finding.path)} has no value; it must be {expected}"
    optional = may_be_left_out(context.model, finding.path)
    notes = (Note("leave the key out to get its default"),) if optional else ()
    return Diagnostic("TT109", message, context.value(finding.path), notes=notes)


def _wrong_value(finding: _Finding, context: _Context) -> Diagnostic:
    code, expected = expectation(finding.kind, finding.context)
    span = context.value(finding.path)
    fix, note = _fix(finding, span, context), _hint(finding, context)
    if code == "TT107" and not isinstance(finding.given, str) and not unit_of(finding.context):
        code = "TT104" if is_plain_scalar(finding.given) else "TT103"
    message = (
        f"{_named(finding.path)} must be {expected}, not {described(finding.given, context.written(span))}"
    )
    if code == "TT108":
        message = f"{_named(finding.path)} must have {expected}"
    return Diagnostic(code, message, span, notes=(Note(note),) if note else (), fix=fix)


def _fix(finding: _Finding, span: Span, context: _Context) -> Fix | None:
    """None inside an alias: the text of its value is elsewhere, and shared."""
    if finding.path in context.source.anchored:
        return None
    return value_fix(finding.kind, finding.given, finding.context, context.written(span), span)


def _hint(finding: _Finding, context: _Context) -> str | None:
    if (
        is_plain_scalar(finding.given)
        and not isinstance(finding.given, bool)
        and (unit := unit_of(finding.context))
    ):
        return f"a bare number has no unit; `{finding.given}{unit}`, for instance, says what is meant"
    if finding.kind in ("model_type", "model_attributes_type") and (
        model := model_at(context.model, finding.path)
    ):
        keys = keys_of(model)
        return f"its keys are {listed(keys, 'and')}" if 0 < len(keys) <= _MOST_KEYS_LISTED else None
    if finding.kind in ("tuple_type", "list_type") and isinstance(finding.given, str):
        return f"a list of one is written `[{finding.given}]`"
    return None


def _named(path: SpecPath) -> str:
    """How a place is called in a sentence."""
    if not path:
        return "the spec"
    if isinstance(path[-1], int):
        return f"item {path[-1] + 1} of {_named(path[:-1])}"
    return f"`{path[-1]}`"
