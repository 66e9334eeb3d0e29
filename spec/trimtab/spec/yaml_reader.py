"""Reads YAML text into plain values, with the span of every key and value.

A strict subset of YAML 1.2: core types, one document, a mapping at its root, string keys, no tags, no merge keys, no
repeated keys or anchors, and limits on size, depth and what aliases may grow to. The text is hostile until proven
otherwise: whatever it holds, `read` returns diagnostics and never raises, in time and memory that its length bounds.

It goes on after every slip it can step over; only a syntax error, a second document or a broken limit ends it, and
then there is no tree. It touches no files and knows nothing of the model.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from trimtab.spec.diagnostic import Applicability, Diagnostic, Edit, Fix, Note, Severity
from trimtab.spec.positions import Entry, Positions, Span, SpecPath
from trimtab.spec.text_lines import BOM, split_lines
from trimtab.spec.yaml_events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    Mark,
    MarkedYAMLError,
    ScalarEvent,
    SequenceEndEvent,
    StreamEndEvent,
    YAMLError,
    yaml_events,
)
from trimtab.spec.yaml_scalars import Trap, read_otherwise_by_yaml11, resolve_plain, shortened
from trimtab.spec.yaml_syntax import explain_syntax_error, quoted
from trimtab.spec.yaml_text import invisible_character, refused_text

MAX_NODES = 50_000
MAX_ALIASED_NODES = 10_000
MAX_DEPTH = 64

_PROPERTIES = re.compile(r"(?:[&!][^\s,\[\]{}]*\s*)+")


@dataclass(frozen=True, slots=True)
class Document:
    """What `read` found. `tree` is None when the text could not be read to its end.

    `anchored` gives, for each path inside an alias, where the value itself is written; in `positions` it stands where
    the alias is used. `rejected` are the paths whose value already has an error: nobody need complain of them twice.
    """

    file: str
    tree: dict[str, Any] | None
    positions: Positions
    diagnostics: tuple[Diagnostic, ...]
    anchored: Mapping[SpecPath, Span] = field(default_factory=dict)
    rejected: frozenset[SpecPath] = frozenset()


def read(text: str, file: str) -> Document:
    """Read one YAML document. Spans name `file`; nothing of it is opened."""
    refused = refused_text(text, file)
    if refused:
        return _unread(file, refused)
    builder = _Builder(text.removeprefix(BOM), file)
    try:
        tree = builder.document()
    except _Stop as stop:
        return _unread(file, [*builder.diagnostics, stop.diagnostic])
    except MarkedYAMLError as error:
        return _unread(file, [*builder.diagnostics, explain_syntax_error(error, text, file)])
    except YAMLError as error:
        return _unread(
            file, [*builder.diagnostics, Diagnostic("TT005", f"this is not YAML: {error}", _start(file))]
        )
    positions = Positions(builder.entries)
    return Document(
        file, tree, positions, tuple(builder.diagnostics), builder.anchored, frozenset(builder.rejected)
    )


def _start(file: str) -> Span:
    return Span(file, 1, 1, 1, 1)


def _unread(file: str, diagnostics: list[Diagnostic]) -> Document:
    start = _start(file)
    return Document(file, None, Positions({(): Entry(None, start)}), tuple(diagnostics))


class _Stop(Exception):
    """Reading cannot go on."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(diagnostic.message)
        self.diagnostic = diagnostic


class _Anchor(NamedTuple):
    """A finished anchored value, and where it and all below it is written, by relative path."""

    value: Any
    below: Mapping[SpecPath, Span]


class _Builder:
    """Turns events into values. One instance reads one document."""

    def __init__(self, text: str, file: str) -> None:
        self.file = file
        self.text = text
        self.next = yaml_events(text)
        self.entries: dict[SpecPath, Entry] = {}
        self.anchored: dict[SpecPath, Span] = {}
        self.rejected: set[SpecPath] = set()
        self.diagnostics: list[Diagnostic] = []
        self._anchors: dict[str, _Anchor | None] = {}
        self._nodes = 0
        self._aliased = 0
        self._end: tuple[int, int] = (1, 1)

    # ── the document ──

    def document(self) -> dict[str, Any]:
        self.next()
        start = self.next()
        if type(start) is StreamEndEvent:
            raise _Stop(Diagnostic("TT004", "the spec is empty", _start(self.file)))
        self._refuse_directives(start)
        tree = self._value(self.next(), (), None)
        self.next()
        if not isinstance(tree, dict):
            raise _Stop(self._not_a_mapping(tree))
        self._refuse_second_document(self.next())
        return tree

    def _refuse_directives(self, start: Any) -> None:
        if start.version or start.tags:
            span = Span(self.file, 1, 1, 1, 1 + len(split_lines(self.text)[0]))
            self._report("TT026", "directives are not part of the language; specs are YAML 1.2", span)

    def _not_a_mapping(self, tree: Any) -> Diagnostic:
        span = self.entries[()].value
        if tree is None:
            return Diagnostic("TT004", "the spec is empty", span)
        found = "a list" if isinstance(tree, list) else f"`{shortened(str(tree))}`"
        return Diagnostic("TT018", f"a spec is a mapping of keys to values, not {found}", span)

    def _refuse_second_document(self, event: Any) -> None:
        if type(event) is DocumentStartEvent:
            span = self._span(event.start_mark, event.end_mark)
            raise _Stop(Diagnostic("TT017", "a second document begins here; one file holds one spec", span))

    # ── values ──

    def _value(self, event: Any, path: SpecPath, key: Span | None) -> Any:
        """Build the value that begins with `event` and record where it stands."""
        self._count(event.start_mark)
        kind = type(event)
        if kind is ScalarEvent:
            return self._scalar(event, path, key)
        if kind is AliasEvent:
            return self._alias(event, path, key)
        if len(path) >= MAX_DEPTH:
            span = self._span(event.start_mark, event.end_mark)
            raise _Stop(Diagnostic("TT024", f"nested deeper than {MAX_DEPTH} levels", span))
        return self._collection(event, path, key)

    def _count(self, mark: Mark) -> None:
        self._nodes += 1
        if self._nodes > MAX_NODES:
            message = f"the spec has more than {MAX_NODES:,} keys and values"
            raise _Stop(Diagnostic("TT003", message, self._span(mark, mark)))

    def _scalar(self, event: Any, path: SpecPath, key: Span | None) -> Any:
        end = event.end_mark
        span = self._span(event.start_mark, end)
        name = ""
        if event.anchor or event.tag:
            span, name = self._without_properties(event, span), self._new_anchor(event)
        self.entries[path] = Entry(key, span)
        self._end = (span.end_line, span.end_column)
        value = event.value if event.style else self._plain(event.value, path, span)
        if name:
            self._anchors[name] = _Anchor(value, {(): span})
        return value

    def _plain(self, text: str, path: SpecPath, span: Span) -> Any:
        value = resolve_plain(text)
        if isinstance(value, Trap):
            self.rejected.add(path)
            self._report(value.code, value.message, span, fix=_quote(text, span))
            return None
        if isinstance(value, str):
            self._lint_text(text, span)
        return value

    def _lint_text(self, text: str, span: Span) -> None:
        meaning = read_otherwise_by_yaml11(text)
        if meaning is not None:
            message = f"`{shortened(text)}` is text in YAML 1.2; write `{meaning}` or quote it"
            self._report("TT028", message, span, severity=Severity.WARNING, fix=_quote(text, span))
        if invisible := invisible_character(text):
            self._report("TT002", f"the invisible character {invisible} is part of `{shortened(text)}`", span)

    def _collection(self, event: Any, path: SpecPath, key: Span | None) -> Any:
        start = self._without_properties(event, self._span(event.start_mark, event.end_mark))
        name = self._new_anchor(event) if event.anchor or event.tag else ""
        if name:
            self._anchors[name] = None
        self.entries[path] = Entry(key, start)
        is_mapping = type(event) is MappingStartEvent
        value: Any = self._mapping(path) if is_mapping else self._sequence(path)
        span = Span(self.file, start.line, start.column, *self._end)
        self.entries[path] = Entry(key, span)
        if name:
            self._anchors[name] = _Anchor(value, self._below(path))
        return value

    def _mapping(self, path: SpecPath) -> dict[str, Any]:
        result: dict[str, Any] = {}
        while type(event := self.next()) is not MappingEndEvent:
            self._pair(event, path, result)
        self._close(event)
        return result

    def _sequence(self, path: SpecPath) -> list[Any]:
        result: list[Any] = []
        while type(event := self.next()) is not SequenceEndEvent:
            result.append(self._value(event, (*path, len(result)), None))
        self._close(event)
        return result

    def _close(self, event: Any) -> None:
        """A flow collection ends at its bracket; a block collection ends where its last value does."""
        if event.start_mark.index != event.end_mark.index:
            self._end = (event.end_mark.line + 1, event.end_mark.column + 1)

    # ── keys ──

    def _pair(self, event: Any, path: SpecPath, result: dict[str, Any]) -> None:
        if type(event) is not ScalarEvent:
            self._refuse_complex_key(event, path)
            return
        span = self._span(event.start_mark, event.end_mark)
        if event.anchor or event.tag:
            span = self._without_properties(event, span)
            self._new_anchor(event)
        key: str = event.value
        below = (*path, key)
        if key == "<<" and not event.style:
            self._report("TT016", "merge keys (`<<`) are not part of the language", span)
            self._aside(below, span)
        elif key in result:
            first = self.entries[below].key
            self._report(
                "TT012", f"`{shortened(key)}` is given twice", span, (Note("first given here", first),)
            )
            self._aside(below, span)
        else:
            self._check_key(event, below, span)
            result[key] = None
            result[key] = self._value(self.next(), below, span)

    def _check_key(self, event: Any, path: SpecPath, span: Span) -> None:
        if event.style:
            return
        value = resolve_plain(event.value)
        if isinstance(value, str):
            self._lint_text(value, span)
            return
        self.rejected.add(path)
        what = f"`{shortened(event.value)}` is not text" if event.value else "this key is empty"
        self._report("TT013", f"{what}, and a key must be", span, fix=_quote(event.value, span))

    def _aside(self, path: SpecPath, key: Span) -> None:
        """Read a value only for its errors: it has no place in the tree."""
        entries, rejected = self.entries, self.rejected
        self.entries, self.rejected = {}, set()
        self._value(self.next(), path, key)
        self.entries, self.rejected = entries, rejected

    def _refuse_complex_key(self, event: Any, path: SpecPath) -> None:
        span = self._span(event.start_mark, event.end_mark)
        notes: tuple[Note, ...] = ()
        if self.text.startswith("{{", event.start_mark.index - 1):
            notes = (Note("this looks like a template; a spec is plain YAML, without placeholders"),)
        what = "an alias" if type(event) is AliasEvent else "a list or mapping"
        self._report("TT014", f"{what} cannot be a key", span, notes)
        entries, rejected = self.entries, self.rejected
        self.entries, self.rejected = {}, set()
        self._value(event, (*path, ""), span)
        self._value(self.next(), (*path, ""), span)
        self.entries, self.rejected = entries, rejected

    # ── anchors, aliases, tags ──

    def _new_anchor(self, event: Any) -> str:
        """Refuse a tag and a reused anchor; return the anchor's name."""
        span = self._span(event.start_mark, event.end_mark)
        if getattr(event, "tag", None):
            self._report("TT015", f"tags (`{shortened(event.tag)}`) are not part of the language", span)
        name: str = event.anchor or ""
        if name and name in self._anchors:
            self._report("TT025", f"the anchor `&{name}` is defined twice", span)
        return name

    def _alias(self, event: Any, path: SpecPath, key: Span | None) -> Any:
        span = self._span(event.start_mark, event.end_mark)
        self.entries[path] = Entry(key, span)
        self._end = (span.end_line, span.end_column)
        anchor = self._anchors.get(event.anchor)
        if anchor is None:
            inside = event.anchor in self._anchors
            reason = "stands inside the value it names" if inside else "names no anchor above it"
            self.rejected.add(path)
            self._report("TT022", f"`*{event.anchor}` {reason}", span)
            return None
        self._spend(len(anchor.below), span)
        for relative, written in anchor.below.items():
            self.anchored[path + relative] = written
            self.entries[path + relative] = Entry(span, span) if relative else Entry(key, span)
        return anchor.value

    def _spend(self, nodes: int, span: Span) -> None:
        self._aliased += nodes
        if self._aliased > MAX_ALIASED_NODES:
            message = f"aliases make this spec grow by more than {MAX_ALIASED_NODES:,} values"
            raise _Stop(Diagnostic("TT023", message, span))

    def _below(self, path: SpecPath) -> dict[SpecPath, Span]:
        """Every value at or below `path`, by its path relative to it."""
        depth = len(path)
        return {p[depth:]: e.value for p, e in self.entries.items() if p[:depth] == path}

    # ── spans ──

    def _span(self, start: Mark, end: Mark) -> Span:
        return Span(self.file, start.line + 1, start.column + 1, end.line + 1, end.column + 1)

    def _without_properties(self, event: Any, span: Span) -> Span:
        """The span of a value without the anchor and tag before it."""
        if not (event.anchor or event.tag):
            return span
        match = _PROPERTIES.match(self.text, event.start_mark.index)
        if not match:
            return span
        skipped = match[0]
        line = span.line + skipped.count("\n")
        column = len(skipped) - skipped.rfind("\n") if "\n" in skipped else span.column + len(skipped)
        return Span(self.file, line, column, max(span.end_line, line), span.end_column)

    def _report(
        self,
        code: str,
        message: str,
        span: Span,
        notes: tuple[Note, ...] = (),
        severity: Severity = Severity.ERROR,
        fix: Fix | None = None,
    ) -> None:
        self.diagnostics.append(Diagnostic(code, message, span, severity, notes, fix))


def _quote(text: str, span: Span) -> Fix:
    return Fix(f'quote it: "{shortened(text)}"', Applicability.SAFE, (Edit(span, quoted(text)),))
