"""Looking on in a spec that has errors, so that all of them are told at once.

What is wrong is taken out; references and overrides are judged in what is left. A name that is written as a key
anywhere may have gone out with it, and is not reported; nor is what an override lacks. Rules between sections are not
asked; they would judge what nobody wrote.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
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
BY_ITSELF = frozenset({"TT101", "TT103", "TT104", "TT105", "TT106", "TT107", "TT109", "TT204"})
"""What is wrong in an override whatever it is laid over."""
ROUNDS = 4
"""Taking out a value can leave its parent incomplete, and so on upwards; deeper than this is not worth asking."""

Judge = Callable[["MLSystem", Mapping[str, Any]], Iterable[Diagnostic]]


def besides(loaded: Loaded, judge: Judge) -> tuple[Diagnostic, ...]:
    """What `judge` finds in the rest of `loaded`, which has errors: bad overrides, and names that nothing defines."""
    tree, known = deepcopy(loaded.document.tree), set(_keys(loaded.document.tree))
    wrong = loaded.diagnostics
    for _ in range(ROUNDS):
        if tree is None:
            return ()
        for path in sorted(_places(wrong, loaded.positions), key=len, reverse=True):
            _take_out(tree, path)
        found, wrong = validate(tree, loaded.positions, loaded.text, light=loaded.light)
        if found is not None:
            own = dict.fromkeys(d for d in judge(found, tree) if d.span.file == loaded.file)
            return tuple(d for d in own if d.code in BY_ITSELF or _dangles(d, loaded.text, known))
    return ()


def _dangles(diagnostic: Diagnostic, text: str, known: Collection[str]) -> bool:
    return diagnostic.code == REFERENCES and _word(text, diagnostic) not in known


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
