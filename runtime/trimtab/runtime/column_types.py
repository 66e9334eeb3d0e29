"""What the column types of a data contract mean in each format.

A format with types of its own (npz, parquet) must use the right one: an int64 column is not of type float. In
text, where `1` may be either, what can be read as the type is of the type.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping
from typing import Any

from trimtab.runtime import optional
from trimtab.runtime.table import Column

_ARRAY_KINDS: Mapping[str, str] = {
    "int": "iu",
    "float": "f",
    "bool": "b",
    "string": "U",
    "bytes": "S",
    "timestamp": "M",
    "date": "M",
}


def typed(column: Column, type_name: str) -> tuple[Any, Any]:
    """The values read as the type, and a mask of the rows that can't be. Missing rows can."""
    np = optional.need("numpy", "checking a dataset")
    values = column.values
    if values.dtype.kind != "O":
        return values, np.full(len(values), not _is_array_of(values, type_name))
    read = (_FROM_TEXT if column.text else _FROM_OBJECT)[type_name]
    out, wrong = np.empty(len(values), dtype=object), np.zeros(len(values), dtype=bool)
    for i, value in enumerate(values):
        if not column.null[i]:
            try:
                out[i] = read(value)
            except (ValueError, TypeError, OverflowError):
                wrong[i] = True
    return out, wrong


def _is_array_of(values: Any, type_name: str) -> bool:
    if type_name in ("list", "struct"):
        return type_name == "list" and values.ndim > 1
    return values.dtype.kind in _ARRAY_KINDS[type_name]


def _instance(*types: type) -> Callable[[Any], Any]:
    def read(value: Any) -> Any:
        if not isinstance(value, types) or (isinstance(value, bool) and bool not in types):
            raise TypeError
        return value

    return read


def _truth(text: str) -> bool:
    if text.lower() not in ("true", "false", "1", "0"):
        raise ValueError(text)
    return text.lower() in ("true", "1")


def _moment(value: Any) -> Any:
    """Python before 3.11 does not read the Z of RFC 3339."""
    if isinstance(value, str):
        return datetime.datetime.fromisoformat(value[:-1] + "+00:00" if value.endswith("Z") else value)
    return _instance(datetime.datetime)(value)


def _day(value: Any) -> Any:
    return datetime.date.fromisoformat(value) if isinstance(value, str) else _instance(datetime.date)(value)


def _never(value: Any) -> Any:
    raise TypeError(value)


_FROM_TEXT: Mapping[str, Callable[[Any], Any]] = {
    "int": int,
    "float": float,
    "bool": _truth,
    "string": str,
    "timestamp": _moment,
    "date": _day,
    "bytes": _never,
    "list": _never,
    "struct": _never,
}

_FROM_OBJECT: Mapping[str, Callable[[Any], Any]] = {
    "int": _instance(int),
    "float": _instance(int, float),
    "bool": _instance(bool),
    "string": _instance(str),
    "timestamp": _moment,
    "date": _day,
    "bytes": _instance(bytes),
    "list": _instance(list),
    "struct": _instance(dict),
}
