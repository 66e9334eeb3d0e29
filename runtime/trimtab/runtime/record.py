"""The record beside an artifact: what makes a run known to a ledger that was lost, or to another cluster.

It is written last and atomically, so a record that exists is complete and its artifact was whole. Reading trusts
nothing: a record may be cut, of another run, or of another version.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from trimtab.runtime import atomic

NAME = "record.json"


class BadRecord(Exception):
    """There is a record, and it can't be used. The text says why."""


def write(folder: Path, words: dict[str, Any], *, key: str, run: str) -> None:
    data = json.dumps({**words, "key": key, "run": run}, indent=1, ensure_ascii=False, allow_nan=False)
    atomic.write(folder / NAME, data.encode() + b"\n")


def read(folder: Path, *, key: str) -> dict[str, Any] | None:
    """The record of run `key`; None where there is none."""
    try:
        record = json.loads((folder / NAME).read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (ValueError, RecursionError):
        raise BadRecord(f"{NAME} is not JSON") from None
    if not isinstance(record, dict) or record.get("v") != 1:
        raise BadRecord(f"{NAME} is not of version 1")
    if key and record.get("key") != key:
        raise BadRecord(f"{NAME} is of another run: {record.get('key')}")
    return record
