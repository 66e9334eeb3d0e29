"""The kinds that Trimtab adds to a cluster, as CustomResourceDefinitions. `schemas/crds/` holds them as files.

They are made from the model of the language and from what the reconciler writes, and from nothing else. A platform
is no kind of its own: it is part of each system that names it by the time anything is written.
"""

from __future__ import annotations

from typing import Any

from trimtab.compiler.emit import document
from trimtab.reconciler.crds.mlsystem import mlsystem
from trimtab.reconciler.crds.run import run

HEAD = "# Made from the model by tools/generate.py: change that, not this.\n"


def definitions() -> tuple[dict[str, Any], ...]:
    return (mlsystem(), run())


def files() -> dict[str, str]:
    """Each definition as a file, by its path below `schemas/`."""
    return {f"crds/{made['metadata']['name']}.yaml": HEAD + document(made) for made in definitions()}
