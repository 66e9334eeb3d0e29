"""Where each key and value of a spec stands in its file.

A `SpecPath` names a place in the spec (`("training", "classifier", "nodes")`), whichever file or overlay it was
written in; `Positions` answers with the span in the text. It knows nothing of the model.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import NamedTuple

SpecPath = tuple[str | int, ...]


class Span(NamedTuple):
    """A stretch of text. Lines and columns count from 1, columns in characters; the end is exclusive."""

    file: str
    line: int
    column: int
    end_line: int
    end_column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


class Entry(NamedTuple):
    """The spans of one value and, inside a mapping, of its key."""

    key: Span | None
    value: Span


class Positions:
    """An immutable map from spec path to spans. Paths start below the document's root: `("spec", "data")`.

    It may be made `later`: most specs are sound, and of those nobody asks where anything stands.
    """

    __slots__ = ("_known",)

    def __init__(self, entries: Mapping[SpecPath, Entry]) -> None:
        self._known: Mapping[SpecPath, Entry] | Callable[[], Positions] = MappingProxyType(dict(entries))

    @classmethod
    def later(cls, make: Callable[[], Positions]) -> Positions:
        """Those that `make` gives, once somebody asks for one of them."""
        made = cls({})
        made._known = make
        return made

    @property
    def _entries(self) -> Mapping[SpecPath, Entry]:
        if callable(self._known):
            self._known = self._known()._entries
        return self._known

    def __contains__(self, path: object) -> bool:
        return path in self._entries

    def __iter__(self) -> Iterator[SpecPath]:
        return iter(self._entries)

    def get(self, path: SpecPath) -> Entry | None:
        return self._entries.get(path)

    def nearest(self, path: SpecPath) -> tuple[SpecPath, Entry]:
        """The deepest ancestor of `path`, itself included, that was written; the root always was."""
        while path not in self._entries and path:
            path = path[:-1]
        return path, self._entries[path]

    def value(self, path: SpecPath) -> Span:
        """Where the value stands; where it was not written, its nearest ancestor's key (or the root)."""
        found, entry = self.nearest(path)
        return entry.value if found == path else (entry.key or entry.value)

    def key(self, path: SpecPath) -> Span:
        """Where the key stands; for a list item, the item."""
        _, entry = self.nearest(path)
        return entry.key or entry.value

    def overlaid(self, entries: Mapping[SpecPath, Entry], removed: Iterable[SpecPath] = ()) -> Positions:
        """These positions with an overlay's laid over them, and those below each `removed` path taken out."""
        gone = set(removed)
        depths = sorted({len(path) for path in gone})
        kept = {p: e for p, e in self._entries.items() if not any(p[:n] in gone for n in depths)}
        return Positions({**kept, **entries})
