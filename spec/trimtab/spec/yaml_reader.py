"""Reads YAML text into plain values, with the span of every key and value.

A strict subset of YAML 1.2: core types, one document, a mapping at its root, string keys, no tags, no merge keys,
no repeated keys or anchors, and limits on size, depth and what aliases may grow to. The text is hostile until
proven otherwise: whatever it holds, `read` returns diagnostics and never raises, in time and memory that its
length bounds.

It goes on after every slip it can step over; only a syntax error, a second document or a broken limit ends it,
and then there is no tree. It touches no files and knows nothing of the model.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from trimtab.spec.diagnostic import Diagnostic
from trimtab.spec.positions import Entry, Positions, Span, SpecPath
from trimtab.spec.text_lines import BOM
from trimtab.spec.yaml_builder import Builder
from trimtab.spec.yaml_events import YAMLError
from trimtab.spec.yaml_findings import Stop
from trimtab.spec.yaml_plain import plain_tree
from trimtab.spec.yaml_text import refused_text


class Document(NamedTuple):
    """What `read` found. `tree` is None when the text could not be read to its end.

    `anchored` gives, for each path inside an alias, where the value itself is written; in `positions` it stands
    where the alias is used. `rejected` are the paths whose value already has an error: nobody need complain twice.
    """

    file: str
    tree: dict[str, Any] | None
    positions: Positions
    diagnostics: tuple[Diagnostic, ...]
    anchored: Mapping[SpecPath, Span] = MappingProxyType({})
    rejected: frozenset[SpecPath] = frozenset()


def read(text: str, file: str, *, quick: bool = False) -> Document:
    """Read one YAML document. Spans name `file`; nothing of it is opened.

    `quick` is for those who rarely ask where something stands: the text is read without positions where it is plain and
    sound, and once more where they are asked for.
    """
    if refused := refused_text(text, file):
        return _unread(file, refused)
    if quick and (sound := plain_tree(text.removeprefix(BOM))) is not None:
        return Document(file, sound, Positions.later(lambda: read(text, file).positions), ())
    builder = Builder(text.removeprefix(BOM), file)
    try:
        tree = builder.document()
    except Stop as stop:
        return _unread(file, [*builder.diagnostics, stop.diagnostic])
    except YAMLError as error:
        from trimtab.spec.yaml_syntax import explain_syntax_error

        return _unread(file, [*builder.diagnostics, explain_syntax_error(error, text, file)])
    places = builder.places
    positions = Positions(places.entries)
    return Document(
        file, tree, positions, tuple(builder.diagnostics), places.anchored, frozenset(places.rejected)
    )


def _unread(file: str, diagnostics: list[Diagnostic]) -> Document:
    start = Entry(None, Span(file, 1, 1, 1, 1))
    return Document(file, None, Positions({(): start}), tuple(diagnostics))
