"""`python -m trimtab.runtime contract`: is a dataset what its spec expects?

The params are the spec's `expect` and `format`; the dataset is the one that is mounted. A broken contract is a finding,
reported in words with the metric `violations`, and the process ends well; it fails only where it could not check.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from trimtab.runtime.column_rules import problems_of
from trimtab.runtime.complaint import Complaint
from trimtab.runtime.environment import Environment
from trimtab.runtime.run import Run
from trimtab.runtime.table import Table, Unreadable, read_table

MOST_PROBLEMS = 100


def run(environment: Environment, dataset: str | None) -> None:
    this = Run(environment, makes_artifact=False)
    folder = this.input(dataset or _only_dataset(environment.input))
    rows, problems = check(folder, dict(this.params), now=time.time())
    for problem in problems:
        print(problem)
    print(f"{folder.name}: {rows} rows, {len(problems)} violations")
    this.finish(metrics={"violations": len(problems), "rows": rows}, problems=problems[:MOST_PROBLEMS])


def check(folder: Path, expect: Mapping[str, Any], now: float) -> tuple[int, list[str]]:
    """The number of rows, and a sentence for each rule that is broken."""
    try:
        table = read_table(folder, expect.get("format", ""))
    except Unreadable as error:
        return 0, [str(error)]
    return table.rows, [*_rows(table, expect), *_freshness(table, expect, now), *_columns(table, expect)]


def _only_dataset(place: Path) -> str:
    names = sorted(p.name for p in place.iterdir()) if place.is_dir() else []
    if len(names) != 1:
        raise Complaint(
            f"a contract checks one dataset, but there are {', '.join(names) or 'none'} in {place}"
        )
    return names[0]


def _rows(table: Table, expect: Mapping[str, Any]) -> Iterator[str]:
    bounds = expect.get("rows") or {}
    if bounds.get("min") is not None and table.rows < bounds["min"]:
        yield f"there are {table.rows} rows; at least {bounds['min']} are expected"
    if bounds.get("max") is not None and table.rows > bounds["max"]:
        yield f"there are {table.rows} rows; at most {bounds['max']} are expected"


def _freshness(table: Table, expect: Mapping[str, Any], now: float) -> Iterator[str]:
    most = (expect.get("freshness") or {}).get("max")
    age = now - table.newest
    if most is not None and age > most:
        yield f"the newest file is {age / 3600:.1f} hours old; at most {most / 3600:.1f} are expected"


def _columns(table: Table, expect: Mapping[str, Any]) -> Iterator[str]:
    for name, rules in (expect.get("columns") or {}).items():
        if name not in table.columns:
            yield f"column {name} is missing; there are: {', '.join(table.columns) or 'none'}"
            continue
        for problem in problems_of(table.columns[name], rules or {}):
            yield f"column {name}: {problem}" if problem[0].isdigit() else f"column {name} {problem}"
