"""One step from a version of the language to the next: keys that have another name.

A step is carried out twice, by two means that share nothing but the list of renamings: on the text, by edits that
leave every other character alone, and on the plain tree, which is what the old text meant. That both lead to the same
tree is what makes an edit trustworthy.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from trimtab.spec.diagnostic import Edit
from trimtab.spec.positions import SpecPath
from trimtab.spec.yaml_reader import Document

ANY = "*"
"""Stands for one name in a pattern."""
VERSION: SpecPath = ("apiVersion",)


class Rename(NamedTuple):
    """A key of the mappings at `at` that is called otherwise from now on."""

    at: tuple[str, ...]
    old: str
    new: str

    def names(self, path: SpecPath) -> bool:
        return len(path) == len(self.at) + 1 and path[-1] == self.old and _fits(self.at, path)


@dataclass(frozen=True, slots=True)
class Step:
    """From version `source` to version `target`."""

    source: str
    target: str
    renames: tuple[Rename, ...]

    def edits(self, document: Document) -> Iterator[Edit]:
        """The step, done to the text. What an alias brings in is edited where it is written."""
        yield Edit(document.positions.value(VERSION), self.target)
        for path in document.positions:
            if path not in document.anchored and (rename := self.rename_of(path)):
                yield Edit(document.positions.key(path), rename.new)

    def tree(self, tree: Mapping[str, Any]) -> dict[str, Any]:
        """The step, done to a plain tree."""
        renamed: dict[str, Any] = self._renamed(tree, ())
        return {**renamed, "apiVersion": self.target}

    def rename_of(self, path: SpecPath) -> Rename | None:
        """What changes the name of the key at `path`."""
        return next((rename for rename in self.renames if rename.names(path)), None)

    def _renamed(self, tree: Any, at: SpecPath) -> Any:
        if isinstance(tree, list):
            return [self._renamed(item, (*at, index)) for index, item in enumerate(tree)]
        if not isinstance(tree, Mapping):
            return tree
        made = {}
        for key, value in tree.items():
            rename = self.rename_of((*at, key))
            made[rename.new if rename else key] = self._renamed(value, (*at, key))
        return made


def _fits(pattern: tuple[str, ...], path: SpecPath) -> bool:
    """Whether `path` begins as `pattern` says."""
    return all(wanted in (ANY, part) for wanted, part in zip(pattern, path, strict=False))
