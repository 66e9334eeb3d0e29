"""Builds plain values out of YAML events, and records where each key and value stands.

One `Builder` reads one document. It steps over what it refuses and goes on; `Stop` ends it where going on would be
pointless or dangerous. It recurses, but never deeper than `MAX_DEPTH`.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from trimtab.spec import yaml_findings as findings
from trimtab.spec.diagnostic import Diagnostic
from trimtab.spec.positions import Entry, Span, SpecPath
from trimtab.spec.yaml_events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    Mark,
    ScalarEvent,
    SequenceEndEvent,
    StreamEndEvent,
    yaml_events,
)
from trimtab.spec.yaml_scalars import Trap, read_otherwise_by_yaml11, resolve_plain
from trimtab.spec.yaml_text import invisible_character

MAX_NODES = 50_000
MAX_ALIASED_NODES = 10_000
MAX_DEPTH = 64

_PROPERTIES = re.compile(r"(?:[&!][^\s,\[\]{}]*\s*)+")


_new = tuple.__new__
"""Half the time of `Span(...)`; spans are most of what a reading makes."""


class Places:
    """Where everything of a tree stands, in the order of the text."""

    __slots__ = ("anchored", "entries", "order", "rejected")

    def __init__(self) -> None:
        self.entries: dict[SpecPath, Entry] = {}
        self.order: list[SpecPath] = []
        self.anchored: dict[SpecPath, Span] = {}
        self.rejected: set[SpecPath] = set()

    def add(self, path: SpecPath, key: Span | None, value: Span) -> None:
        self.entries[path] = _new(Entry, (key, value))
        self.order.append(path)

    def written(self, path: SpecPath) -> Span:
        """Where a value is written, which for an alias is at its anchor."""
        return self.anchored.get(path) or self.entries[path].value


class _Anchor(NamedTuple):
    """A finished anchored value. It and all below it are `places.order[start:end]`; its path has `depth` parts."""

    value: Any
    places: Places
    start: int
    end: int
    depth: int


class Builder:
    def __init__(self, text: str, file: str) -> None:
        self.places = Places()
        self.diagnostics: list[Diagnostic] = []
        self._file = file
        self._text = text
        self._next = yaml_events(text)
        self._anchors: dict[str, _Anchor | None] = {}
        self._nodes = 0
        self._aliased = 0
        self._end = (1, 1)

    def document(self) -> dict[str, Any]:
        """The document's tree. A syntax error leaves as the parser's own exception."""
        self._next()
        start = self._next()
        if type(start) is StreamEndEvent:
            raise findings.empty(Span(self._file, 1, 1, 1, 1))
        if start.explicit and (directive := self._directive(start.end_mark.line)):
            raise findings.directive(directive)
        tree = self._value(self._next(), (), None)
        self._next()
        if not isinstance(tree, dict):
            root = self.places.entries[()].value
            raise findings.empty(root) if tree is None else findings.not_a_mapping(tree, root)
        if type(event := self._next()) is DocumentStartEvent:
            raise findings.second_document(self._span(event))
        return tree

    def _directive(self, end: int) -> Span | None:
        """The first directive above line `end`; not every parser tells of those that it does not know."""
        for number, line in enumerate(self._text.split("\n")[:end], 1):
            if line.startswith("%"):
                return Span(self._file, number, 1, number, 1 + len(line.rstrip("\r")))
        return None

    # ── values ──

    def _value(self, event: Any, path: SpecPath, key: Span | None) -> Any:
        """Build the value that begins with `event` and record where it stands."""
        self._nodes += 1
        if self._nodes > MAX_NODES:
            raise findings.too_many_nodes(MAX_NODES, self._span(event))
        kind = type(event)
        if kind is ScalarEvent:
            return self._scalar(event, path, key)
        if kind is AliasEvent:
            return self._alias(event, path, key)
        if len(path) >= MAX_DEPTH:
            raise findings.too_deep(MAX_DEPTH, self._span(event))
        return self._collection(event, path, key)

    def _scalar(self, event: Any, path: SpecPath, key: Span | None) -> Any:
        span = self._span(event)
        name = ""
        if event.anchor or event.tag:
            span, name = self._properties(event, span)
        self.places.add(path, key, span)
        self._end = (span.end_line, span.end_column)
        value = event.value if event.style else self._plain(event.value, path, span)
        if name:
            self._anchor(name, value, path, len(self.places.order) - 1)
        return value

    def _plain(self, text: str, path: SpecPath, span: Span) -> Any:
        value = resolve_plain(text)
        if isinstance(value, str):
            self._remark(value, path, span)
        elif isinstance(value, Trap):
            self.places.rejected.add(path)
            self.diagnostics.append(findings.trap(value, text, span))
            return None
        return value

    def _remark(self, text: str, path: SpecPath, span: Span) -> None:
        """Plain text that somebody may read as something else."""
        if (meaning := read_otherwise_by_yaml11(text)) is not None:
            self.diagnostics.append(findings.read_otherwise(text, meaning, span))
        if character := invisible_character(text):
            self.places.rejected.add(path)
            self.diagnostics.append(findings.invisible(character, text, span))

    def _collection(self, event: Any, path: SpecPath, key: Span | None) -> Any:
        span = self._span(event)
        name = ""
        if event.anchor or event.tag:
            span, name = self._properties(event, span)
        if name:
            self._anchors[name] = None
        start = len(self.places.order)
        self.places.add(path, key, span)
        value: Any = self._mapping(path) if type(event) is MappingStartEvent else self._sequence(path)
        whole = _new(Span, (self._file, span.line, span.column, *self._end))
        self.places.entries[path] = _new(Entry, (key, whole))
        if name:
            self._anchor(name, value, path, start)
        return value

    def _mapping(self, path: SpecPath) -> dict[str, Any]:
        result: dict[str, Any] = {}
        while type(event := self._next()) is not MappingEndEvent:
            self._pair(event, path, result)
        self._close(event)
        return result

    def _sequence(self, path: SpecPath) -> list[Any]:
        result: list[Any] = []
        while type(event := self._next()) is not SequenceEndEvent:
            result.append(self._value(event, (*path, len(result)), None))
        self._close(event)
        return result

    def _close(self, event: Any) -> None:
        """A flow collection ends at its bracket; a block collection where its last value does."""
        end: Mark = event.end_mark
        if event.start_mark.index != end.index:
            self._end = (end.line + 1, end.column + 1)

    # ── keys ──

    def _pair(self, event: Any, path: SpecPath, result: dict[str, Any]) -> None:
        if type(event) is not ScalarEvent:
            self._complex_key(event, path)
            return
        span = self._span(event)
        if event.anchor or event.tag:
            span, name = self._properties(event, span)
            self._anchor_key(name, event.value, span)
        key: str = event.value
        below = (*path, key)
        if key == "<<" and not event.style:
            self.diagnostics.append(findings.merge_key(span))
            self._read_aside(below, span)
        elif key in result:
            self.diagnostics.append(findings.duplicate_key(key, span, self.places.entries[below].key))
            self._read_aside(below, span)
        else:
            if not event.style:
                self._plain_key(key, below, span)
            result[key] = None
            self._end = (span.end_line, span.end_column)
            result[key] = self._value(self._next(), below, span)

    def _plain_key(self, key: str, path: SpecPath, span: Span) -> None:
        if isinstance(resolve_plain(key), str):
            self._remark(key, path, span)
        else:
            self.places.rejected.add(path)
            self.diagnostics.append(findings.key_not_text(key, span))

    def _complex_key(self, event: Any, path: SpecPath) -> None:
        self.places.rejected.add(path)
        is_template = self._text.startswith("{{", event.start_mark.index - 1)
        self.diagnostics.append(
            findings.complex_key(type(event) is AliasEvent, is_template, self._span(event))
        )
        self._read_aside((*path, ""), None, event)
        self._read_aside((*path, ""), None)

    def _read_aside(self, path: SpecPath, key: Span | None, event: Any = None) -> None:
        """Read a value only for its errors: it has no place in the tree."""
        kept, self.places = self.places, Places()
        self._value(event or self._next(), path, key)
        self.places = kept

    # ── anchors and aliases ──

    def _properties(self, event: Any, span: Span) -> tuple[Span, str]:
        """The span of a value without the anchor and tag before it, and the anchor's name."""
        match = _PROPERTIES.match(self._text, event.start_mark.index)
        skipped = match[0] if match else ""
        written = self._narrowed(span, skipped.rstrip())
        if event.tag:
            self.diagnostics.append(findings.tag(event.tag, written))
        name: str = event.anchor or ""
        if name and name in self._anchors:
            self.diagnostics.append(findings.duplicate_anchor(name, written))
        lines, column = skipped.count("\n"), len(skipped) - skipped.rfind("\n")
        start = (span.line + lines, column if lines else span.column + len(skipped))
        end = max(start, (span.end_line, span.end_column))
        return Span(self._file, *start, *end), name

    def _narrowed(self, span: Span, text: str) -> Span:
        """The span of `text`, at whose start `span` begins."""
        if "\n" in text:
            return span
        return Span(self._file, span.line, span.column, span.line, span.column + len(text))

    def _anchor(self, name: str, value: Any, path: SpecPath, start: int) -> None:
        self._anchors[name] = _Anchor(value, self.places, start, len(self.places.order), len(path))

    def _anchor_key(self, name: str, key: str, span: Span) -> None:
        places = Places()
        places.add((), None, span)
        self._anchors[name] = _Anchor(key, places, 0, 1, 0)

    def _alias(self, event: Any, path: SpecPath, key: Span | None) -> Any:
        span = self._span(event)
        self._end = (span.end_line, span.end_column)
        anchor = self._anchors.get(event.anchor)
        if anchor is None:
            self.places.add(path, key, span)
            self.places.rejected.add(path)
            inside = event.anchor in self._anchors
            self.diagnostics.append(findings.undefined_alias(event.anchor, inside, span))
            return None
        self._aliased += anchor.end - anchor.start
        if self._aliased > MAX_ALIASED_NODES:
            raise findings.aliases_too_large(MAX_ALIASED_NODES, span)
        self._repeat(anchor, path, key, span)
        return anchor.value

    def _repeat(self, anchor: _Anchor, path: SpecPath, key: Span | None, span: Span) -> None:
        """All that an alias stands for stands where the alias does."""
        for there in anchor.places.order[anchor.start : anchor.end]:
            here = path + there[anchor.depth :]
            self.places.add(here, span if len(here) > len(path) else key, span)
            self.places.anchored[here] = anchor.places.written(there)

    def _span(self, event: Any) -> Span:
        start, end = event.start_mark, event.end_mark
        return _new(Span, (self._file, start.line + 1, start.column + 1, end.line + 1, end.column + 1))
