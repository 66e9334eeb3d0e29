"""One reader a file format: a file in, its columns as numpy arrays out. Pickled objects are never loaded."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

from trimtab.runtime import optional

Columns = dict[str, Any]


def read_npz(file: Path) -> Columns:
    np = optional.need("numpy", "reading npz")
    with file.open("rb") as opened, np.load(opened, allow_pickle=False) as arrays:
        return {name: np.atleast_1d(arrays[name]) for name in arrays.files}


def read_csv(file: Path) -> Columns:
    """The first line names the columns; an empty cell is a missing value."""
    with file.open(newline="", encoding="utf-8-sig") as lines:
        rows = list(csv.reader(lines, strict=True))
    if not rows:
        return {}
    names, cells = rows[0], [row for row in rows[1:] if row]
    for number, row in enumerate(cells, 1):
        if len(row) != len(names):
            raise ValueError(f"row {number} has {len(row)} cells, the first line names {len(names)} columns")
    return {name: _objects([row[i] for row in cells]) for i, name in enumerate(names)}


def read_jsonl(file: Path) -> Columns:
    """One object a line; a key that a line does not have is a missing value."""
    rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
    if not all(isinstance(row, dict) for row in rows):
        raise ValueError("each line should be a JSON object")
    names = dict.fromkeys(name for row in rows for name in row)
    return {name: _objects([row.get(name) for row in rows]) for name in names}


def read_parquet(file: Path) -> Columns:
    table = optional.need("pyarrow.parquet", "reading parquet").read_table(file)
    return {name: _plain(table.column(name)) for name in table.column_names}


def _plain(column: Any) -> Any:
    """Numbers without gaps as numbers; everything else as Python objects, None where a value is missing."""
    if column.null_count == 0 and str(column.type).startswith(("int", "uint", "float", "double")):
        return column.to_numpy()
    return _objects(column.to_pylist())


def _objects(values: list[Any]) -> Any:
    np = optional.need("numpy", "reading a dataset")
    array = np.empty(len(values), dtype=object)
    for i, value in enumerate(values):  # assigned as a whole, equally long lists would become a matrix
        array[i] = value
    return array
