"""Looking names up in a spec that has other errors, so that all of them are told at once.

What is wrong is taken out, and references are judged in what is left. A name that is written as a key anywhere may
have gone out with it, and is not reported. Rules between sections are not asked; they would judge what nobody wrote.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from copy import deepcopy
from typing import TYPE_CHECKING, Any

from trimtab.spec.diagnostic import Diagnostic
from trimtab.spec.positions import Positions, SpecPath
from trimtab.spec.validation import validate

if TYPE_CHECKING:
    from trimtab.spec.load import Loaded
    from trimtab.spec.model.system import MLSystem

REFERENCES = "TT201"
ROUNDS = 4
"""Taking out a value can leave its parent incomplete, and so on upwards; deeper than this is not worth asking."""

Judge = Callable[["MLSystem", Mapping[str, Any]], Iterable[Diagnostic]]


def dangling(loaded: Loaded, judge: Judge) -> tuple[Diagnostic, ...]:
    """References of `loaded`, which has errors, to names that nothing in it defines."""
    tree, known = deepcopy(loaded.document.tree), set(_keys(loaded.document.tree))
    wrong = loaded.diagnostics
    for _ in range(ROUNDS):
        if tree is None:
            return ()
        for path in sorted(_places(wrong, loaded.positions), key=len, reverse=True):
            _take_out(tree, path)
        found, wrong = validate(tree, loaded.positions, loaded.text, light=loaded.light)
        if found is not None:
            named = (d for d in judge(found, tree) if d.code == REFERENCES and d.span.file == loaded.file)
            return tuple(d for d in named if _word(loaded.text, d) not in known)
    return ()


def _places(diagnostics: Iterable[Diagnostic], positions: Positions) -> Iterator[SpecPath]:
    """The paths that errors of the schema point at. Of a key written twice the first stands."""
    spans = {d.span for d in diagnostics if d.is_error and d.code.startswith("TT1")}
    for path in positions:
        entry = positions.get(path)
        if len(path) > 1 and entry is not None and spans & {entry.key, entry.value}:
            yield path


def _take_out(tree: Any, path: SpecPath) -> None:
    """What is already gone with something above it stays gone."""
    with suppress(KeyError, IndexError, TypeError, AttributeError):
        for part in path[:-1]:
            tree = tree[part]
        tree.pop(path[-1])


def _keys(value: object) -> Iterator[str]:
    if isinstance(value, Mapping):
        yield from (str(key) for key in value)
        for item in value.values():
            yield from _keys(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _keys(item)


def _word(text: str, diagnostic: Diagnostic) -> str:
    span = diagnostic.span
    lines = text.splitlines()
    return (
        lines[span.line - 1][span.column - 1 : span.end_column - 1].strip("'\"")
        if span.line <= len(lines)
        else ""
    )
