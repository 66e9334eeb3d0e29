"""The lines of an object that is taken as it is written: the line of a field follows from its place.

So nothing is kept for each field: a daemon holds thousands of such objects, and asks for a line now and then. Only
what was given to an object beside what is written has lines of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from trimtab.compiler.bundle import FieldPath
from trimtab.spec.positions import SpecPath


class Given(NamedTuple):
    """What an object was given: the places that the whole object asked for, and those that other lines did.

    `made` are maps that were made to hold them, and that no line asks for.
    """

    whole: frozenset[FieldPath]
    elsewhere: frozenset[tuple[FieldPath, SpecPath]]
    made: frozenset[FieldPath]


class Verbatim(Mapping[FieldPath, SpecPath]):
    """Of the object `body`, which is written at `at`."""

    __slots__ = ("_at", "_body", "_given")

    def __init__(self, body: Mapping[str, Any], at: SpecPath, given: Given) -> None:
        self._body, self._at, self._given = body, at, given

    def about(self, body: Mapping[str, Any], known: dict[Given, Given]) -> Verbatim:
        """The same lines, of the same object in another form. Most objects are given the same, which is kept once."""
        return Verbatim(body, self._at, known.setdefault(self._given, self._given))

    def __getitem__(self, place: FieldPath) -> SpecPath:
        if not place or place in self._given.whole:
            return self._at
        elsewhere = next((line for given, line in self._given.elsewhere if given == place), None)
        if elsewhere is not None:
            return elsewhere
        if place in self._given.made or not _is_in(self._body, place):
            raise KeyError(place)
        return (*self._at, *place)

    def __iter__(self) -> Iterator[FieldPath]:
        return (place for place in _places(self._body, ()) if place not in self._given.made)

    def __len__(self) -> int:
        return sum(1 for _ in self)


def _is_in(value: Any, place: FieldPath) -> bool:
    for key in place:
        if isinstance(value, Mapping):
            is_there = key in value
        else:
            is_there = isinstance(value, list) and isinstance(key, int) and 0 <= key < len(value)
        if not is_there:
            return False
        value = value[key]
    return True


def _places(value: Any, place: FieldPath) -> Iterator[FieldPath]:
    yield place
    items = value.items() if isinstance(value, Mapping) else ()
    for key, item in enumerate(value) if isinstance(value, list) else items:
        yield from _places(item, (*place, key))
