"""How a rule says that a name does not exist: what was meant perhaps, and what there is; and that names go in a circle."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from trimtab.spec.suggest import closest, listed

MOST_LISTED = 12
MOST_COMPARED = 300
"""Comparing a word with every name of a hostile spec would take minutes."""
LONGEST_CIRCLE = 8


def meant(name: str, known: Collection[str]) -> str | None:
    """The name that `name` is most likely a slip of."""
    return closest(name, sorted(known)) if len(known) <= MOST_COMPARED else None


def unknown(what: str, name: str, known: Collection[str], section: str, guess: str | None = None) -> str:
    """`no dataset `feature` in data.datasets; did you mean `features`?` or what there is."""
    head = f"no {what} `{name}` in {section}"
    if not known:
        return f"{head}, which is empty; declare it there"
    if guess := guess or meant(name, known):
        return f"{head}; did you mean `{guess}`?"
    return f"{head}; there {'is' if len(known) == 1 else 'are'} {known_names(known)}"


def known_names(options: Iterable[str]) -> str:
    names = sorted(options)
    more = len(names) - MOST_LISTED
    if more <= 0:
        return listed(names, "and")
    return f"{', '.join(f'`{name}`' for name in names[:MOST_LISTED])} and {more} more"


def shown(circle: Sequence[str]) -> str:
    """`a → b → a`, without the middle of a long one."""
    if len(circle) > LONGEST_CIRCLE:
        return " → ".join([*circle[:3], f"({len(circle) - 5} more)", *circle[-2:]])
    return " → ".join(circle)
