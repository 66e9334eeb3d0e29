"""How a rule says that a name does not exist: what was meant perhaps, and what there is."""

from __future__ import annotations

from collections.abc import Iterable

from trimtab.spec.suggest import closest, listed

MOST_LISTED = 12


def unknown(what: str, name: str, known: Iterable[str], section: str) -> str:
    """`no dataset `feature` in data.datasets; did you mean `features`?` or what there is."""
    options = sorted(known)
    head = f"no {what} `{name}` in {section}"
    if not options:
        return f"{head}, which is empty"
    if meant := closest(name, options):
        return f"{head}; did you mean `{meant}`?"
    return f"{head}; there {'is' if len(options) == 1 else 'are'} {known_names(options)}"


def known_names(options: Iterable[str]) -> str:
    names = sorted(options)
    more = len(names) - MOST_LISTED
    if more <= 0:
        return listed(names, "and")
    return f"{', '.join(f'`{name}`' for name in names[:MOST_LISTED])} and {more} more"
