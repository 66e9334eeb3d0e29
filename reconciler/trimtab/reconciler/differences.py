"""Which fields differ between two trees, for people to read: the outermost that do, by their names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from trimtab.compiler.bundle import FieldPath


def differences(old: Any, new: Any, path: FieldPath = ()) -> Iterator[FieldPath]:
    """Lists of another length differ as a whole: nobody can say which of their items is which."""
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for name in sorted({*new, *old}):
            if name in old and name in new:
                yield from differences(old[name], new[name], (*path, name))
            else:
                yield (*path, name)
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for index, (before, after) in enumerate(zip(old, new, strict=True)):
            yield from differences(before, after, (*path, index))
    elif old != new:
        yield path
