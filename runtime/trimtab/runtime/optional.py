"""Libraries that the runtime uses where they are, and asks for in one sentence where they are not.

The runtime runs in the user's own environment, which the spec's lock made: so the cure is always a line in it.
"""

from __future__ import annotations

import importlib
import importlib.util
from typing import Any

from trimtab.runtime.complaint import Complaint

_CURES = {
    "numpy": "add numpy to the lock that the spec names, or install trimtab[train]",
    "torch": "add torch to the lock that the spec names, or install trimtab[train]",
    "pyarrow": "add pyarrow to the environment, or write the dataset as npz, csv or jsonl",
}


def need(module: str, purpose: str) -> Any:
    """The module; or a `Complaint` that says what it is needed for and where to add it."""
    expect(module, purpose)
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise Complaint(f"{purpose} needs {module}, which can't be imported: {error}") from error


def expect(module: str, purpose: str) -> None:
    """As `need`, without the seconds that importing may take."""
    name = module.partition(".")[0]
    if importlib.util.find_spec(name) is None:
        raise Complaint(f"{purpose} needs {name}, which is not installed here: {_CURES[name]}")
