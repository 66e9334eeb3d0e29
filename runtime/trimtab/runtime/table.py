"""A dataset as columns, whichever format its files have.

Every file of the format that is asked for, or of any known one, is a part of the table, in the order of their names;
all must have the same columns. A column is one array whose first dimension is the rows, and a mask of the rows where
it is missing. Nothing here judges what it reads.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from trimtab.runtime import optional, table_files

READERS: Mapping[str, Callable[[Path], dict[str, Any]]] = {
    ".npz": table_files.read_npz,
    ".csv": table_files.read_csv,
    ".jsonl": table_files.read_jsonl,
    ".parquet": table_files.read_parquet,
}


class Unreadable(Exception):
    """The data itself is broken. The text says which file, and how."""


@dataclass(frozen=True)
class Column:
    """`values` holds numbers, or Python objects where a format says nothing of types or values differ in theirs.

    `text` marks a format that knows text only (csv): there `1` may be meant as a number.
    """

    values: Any
    null: Any
    text: bool


@dataclass(frozen=True)
class Table:
    rows: int
    columns: Mapping[str, Column]
    newest: float
    """When the newest of its files was written, in seconds since the epoch."""


def read_table(folder: Path, form: str = "") -> Table:
    """`form` is a format by its name in a spec; empty where the names of the files are to tell."""
    endings = (f".{form}",) if form else tuple(READERS)
    files = sorted(p for p in folder.rglob("*") if p.suffix in endings and p.is_file())
    if not files:
        raise Unreadable(f"there is no file that ends in {', '.join(endings)}")
    parts = [_read(file) for file in files]
    for file, part in zip(files, parts, strict=True):
        if part.keys() != parts[0].keys():
            raise Unreadable(
                f"{file.name} has the columns {_listed(part)}, {files[0].name} has {_listed(parts[0])}"
            )
    text = all(file.suffix == ".csv" for file in files)
    columns = {name: _column([part[name] for part in parts], text) for name in parts[0]}
    rows = len(next(iter(columns.values())).values) if columns else 0
    return Table(rows, columns, max(file.stat().st_mtime for file in files))


def _read(file: Path) -> dict[str, Any]:
    try:
        part = READERS[file.suffix](file)
    except Exception as error:  # each format has its own ways to be broken; all are about the data
        raise Unreadable(f"{file.name} can't be read: {error}") from error
    lengths = {name: len(values) for name, values in part.items()}
    if len(set(lengths.values())) > 1:
        raise Unreadable(f"{file.name} has columns of different lengths: {lengths}")
    return part


def _column(parts: list[Any], text: bool) -> Column:
    np = optional.need("numpy", "reading a dataset")
    try:
        values = np.concatenate(parts) if len(parts) > 1 else parts[0]
    except ValueError as error:
        raise Unreadable(f"the parts of a column don't fit together: {error}") from error
    return Column(values, _nulls(np, values), text)


def _nulls(np: Any, values: Any) -> Any:
    """A row of numbers is missing where any of them is NaN."""
    if values.dtype.kind == "O":
        return np.array([v is None or v == "" or v != v for v in values], dtype=bool)
    if values.dtype.kind == "f":
        return np.isnan(values.reshape(len(values), -1)).any(axis=1)
    return np.zeros(len(values), dtype=bool)


def _listed(part: Mapping[str, Any]) -> str:
    return ", ".join(part) or "nothing"
