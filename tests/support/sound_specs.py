"""Every sound spec of this repository, in each of its environments, as it is mirrored in an MLSystem."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from trimtab.spec.load import load
from trimtab.spec.resolve import resolve

ROOT = Path(__file__).parents[2]
SPECS = [
    *sorted((ROOT / "tests" / "unit" / "spec_model" / "specs").glob("*.yaml")),
    *sorted(ROOT.glob("examples/*/mlsystem.yaml")),
]


def mirrors() -> list[tuple[str, dict[str, Any]]]:
    """Name and spec."""
    found = []
    for path in SPECS:
        loaded = load(path.read_text(encoding="utf-8"), path.name)
        for name in (loaded.system.spec.environments if loaded.system else None) or [None]:
            tree = resolve(loaded, name).tree
            if tree is not None:
                stem = path.parent.name if path.name == "mlsystem.yaml" else path.stem
                found.append((f"{stem}-{name}", dict(tree["spec"])))
    return found
