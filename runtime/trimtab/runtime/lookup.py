"""`python -m trimtab.runtime lookup`: has this run key been carried out already, and is what it made still whole?

It reads the record beside the artifact and takes the digests anew. It never writes there, and finding nothing,
or something broken, is an answer and no failure.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from trimtab.runtime import record, words
from trimtab.runtime.digest import digest_folder
from trimtab.runtime.environment import Environment


def look_up(environment: Environment) -> words.Words:
    """The record as last words with `found: true`; else `found: false`, with what is wrong."""
    try:
        found = record.read(environment.record, key=environment.run_key)
    except record.BadRecord as error:
        return {"v": 1, "found": False, "problems": [str(error)]}
    if found is None:
        return {"v": 1, "found": False}
    problems = list(_broken(found, environment.output))
    return {"v": 1, "found": False, "problems": problems} if problems else {**found, "found": True}


def run(environment: Environment) -> None:
    answer = look_up(environment)
    words.leave(answer, environment.termination_log)
    print(words.fitted(answer).decode())


def _broken(found: dict[str, Any], output: Path) -> Iterator[str]:
    artifact, outputs = found.get("artifact"), found.get("outputs")
    if isinstance(artifact, dict):
        yield from _differs("the artifact", artifact, output)
    for name, dataset in sorted(outputs.items()) if isinstance(outputs, dict) else ():
        yield from _differs(f"the dataset {name}", dataset, output / Path(name).name)


def _differs(what: str, recorded: object, folder: Path) -> Iterator[str]:
    if not folder.is_dir():
        yield f"{what} is gone"
        return
    expected = recorded.get("digest") if isinstance(recorded, dict) else None
    actual = digest_folder(folder).digest
    if actual != expected:
        yield f"{what} has changed: its digest is {actual}, the record says {expected}"
