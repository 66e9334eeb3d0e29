"""The example as it compiles, kept as files: `python tests/support/golden_digits.py` writes them anew.

Read the difference before you commit it: what is new there runs anew, restarts or moves in the systems of users.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from compiled_specs import TARGETS, bundle, digits
from plain_values import plain

from trimtab.compiler.bundle import Bundle, Run
from trimtab.compiler.emit import document, files

GOLDEN = Path(__file__).parents[1] / "golden" / "compiler" / "digits"
MEANING = "meaning.yaml"
"""What manifests don't show: runs with their recipes, edges, endpoints, where datasets lie."""


def written(environment: str) -> dict[str, str]:
    return texts(bundle(digits(environment=environment), TARGETS[environment]))


def texts(found: Bundle) -> dict[str, str]:
    return {**files(found), MEANING: document(_meaning(found))}


def _meaning(found: Bundle) -> dict[str, Any]:
    return {
        "runs": {run.name: _run(run) for run in found.runs},
        "datasets": plain(found.datasets),
        "endpoints": plain(found.endpoints),
        "edges": [f"{edge.node} after {edge.after} is {edge.fact}" for edge in found.edges],
        "owners": {
            m.node: {".".join(map(str, field)): owner.name for field, owner in m.owners.items()}
            for m in found.manifests
            if m.owners
        },
    }


def _run(run: Run) -> dict[str, Any]:
    shown = [field.name for field in fields(run) if field.name not in {"workload", "lookup", "name"}]
    found: dict[str, Any] = plain({name: getattr(run, name) for name in shown})
    return found


def main() -> None:
    for environment in TARGETS:
        write(GOLDEN / environment, written(environment))


def write(folder: Path, made: Mapping[str, str]) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    for name, text in made.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
