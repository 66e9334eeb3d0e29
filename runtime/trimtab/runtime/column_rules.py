"""The rules of a data contract for one column. Each returns a sentence where it is broken, else None."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from trimtab.runtime import optional
from trimtab.runtime.column_types import typed
from trimtab.runtime.table import Column

Rules = Mapping[str, Any]


def problems_of(column: Column, rules: Rules) -> Iterator[str]:
    """All that is wrong with a column. Values of a wrong type are reported as that, and judged no further."""
    np = optional.need("numpy", "checking a dataset")
    values, wrong = column.values, np.zeros(len(column.values), dtype=bool)
    if rules.get("type"):
        values, wrong = typed(column, rules["type"])
    if wrong.any():
        yield _of_rows(wrong, column.values, f"a value that is not of type {rules['type']}")
    sound = ~wrong & ~column.null
    if sound.any():
        yield from _broken(values, sound, rules)
    for name, mask in (("nulls", column.null), ("duplicates", _repeated(np, column))):
        if rules.get(name) is not None:
            yield from _share(name, mask, rules[name]["max"])


def _broken(values: Any, sound: Any, rules: Rules) -> Iterator[str]:
    for name, check in _CHECKS.items():
        if rules.get(name) not in (None, []):
            bad = sound.copy()
            try:
                bad[sound] = _by_row(check(values[sound], rules[name]))
            except TypeError:
                yield f"has values that can't be compared with {name}: {rules[name]}"
                continue
            if bad.any():
                yield _of_rows(bad, values, f"a value {_SAYS[name]} {_said(rules[name])}")


def _below(values: Any, bound: float) -> Any:
    return values < bound


def _above(values: Any, bound: float) -> Any:
    return values > bound


def _foreign(values: Any, allowed: list[Any]) -> Any:
    np = optional.need("numpy", "checking a dataset")
    if values.dtype.kind != "O":
        return ~np.isin(values, np.array(allowed))
    return np.array([value not in allowed for value in values], dtype=bool)


def _unlike(values: Any, pattern: str) -> Any:
    np = optional.need("numpy", "checking a dataset")
    return np.array([re.fullmatch(pattern, value) is None for value in values.tolist()], dtype=bool)


_CHECKS: Mapping[str, Callable[[Any, Any], Any]] = {
    "min": _below,
    "max": _above,
    "values": _foreign,
    "pattern": _unlike,
}
_SAYS = {"min": "below", "max": "above", "values": "other than", "pattern": "that does not match"}


def _by_row(cells: Any) -> Any:
    return cells.reshape(len(cells), -1).any(axis=1)


def _of_rows(bad: Any, values: Any, what: str) -> str:
    first = int(bad.argmax())
    count = f"{int(bad.sum())} of {len(bad)} rows hold {what}"
    shown = "" if getattr(values[first], "ndim", 0) else f", there {_said(values[first])}"
    return f"{count} (first: row {first + 1}{shown})"


def _said(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _share(name: str, mask: Any, most: float) -> Iterator[str]:
    share = float(mask.mean()) if len(mask) else 0.0
    if share > most:
        yield f"has {share:.3g} of its rows as {name}; at most {most:.3g} may be"


def _repeated(np: Any, column: Column) -> Any:
    """True where a value occurred in an earlier row."""
    seen: set[Any] = set()
    mask = np.zeros(len(column.values), dtype=bool)
    for i, value in enumerate(column.values):
        key = value.tobytes() if hasattr(value, "tobytes") else repr(value)
        mask[i] = not column.null[i] and key in seen
        seen.add(key)
    return mask
