"""The recipe: all that the spec fixes and that can change a run's result; and the exec digest over the rest.

Each field of a workload is declared here, in or out. A field that is left out of both is one that neither changes a
result nor places a run (rules that judge it, triggers that open it). Names, labels and secrets' values are never in.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import TYPE_CHECKING, Any

from trimtab.compiler.canonical import digest
from trimtab.spec.shape.build import Light
from trimtab.spec.shape.texts import Quantity

if TYPE_CHECKING:
    from trimtab.spec.model.workload import Workload


class Part(Enum):
    RECIPE = "changes the result"
    PLACEMENT = "says where and when it runs, and how often it is tried"
    APART = "has a run, a verdict or a trigger of its own"


FIELDS: Mapping[str, Part] = {
    "image": Part.RECIPE,  # by digest, as the program's identity
    "code": Part.RECIPE,  # by digest, as the program's identity
    "command": Part.RECIPE,
    "env": Part.RECIPE,
    "nodes": Part.RECIPE,
    "processes": Part.RECIPE,
    "launcher": Part.RECIPE,
    "reads": Part.RECIPE,
    "writes": Part.RECIPE,
    "kubernetes": Part.RECIPE,  # as a whole: what of it touches the result is not for us to guess
    "params": Part.RECIPE,
    "seed": Part.RECIPE,
    "base": Part.RECIPE,
    "parallelism": Part.RECIPE,
    "roles": Part.RECIPE,
    "tune": Part.RECIPE,
    "start_from": Part.RECIPE,
    "resources": Part.PLACEMENT,  # all but `gpu`, which is in the recipe
    "pool": Part.PLACEMENT,
    "timeout": Part.PLACEMENT,
    "retries": Part.PLACEMENT,
    "priority": Part.PLACEMENT,
    "checkpoint": Part.PLACEMENT,
    "stop_when_idle": Part.PLACEMENT,
    "attempt": Part.APART,  # says that a failure is not the last word
    "learning": Part.APART,  # a word for people
    "backfill": Part.APART,
    "fit": Part.APART,
    "evaluate": Part.APART,
    "accept": Part.APART,
    "retrain": Part.APART,
    "schedule": Part.APART,
    "on_change": Part.APART,
    "sweep": Part.APART,  # each trial is a run with params of its own
    "approve": Part.APART,
}
_AS_IDENTITY = frozenset({"image", "code"})


def recipe(kind: str, workload: Workload, identity: Mapping[str, Any], gpus: int) -> dict[str, Any]:
    """Defaults are left out, so that a key which the language gains later changes no recipe that does without it.

    Hence the default of a field of the recipe never changes, save with the version of the run key's format. `gpus` are
    those of each node. Of which product they are is a matter of the pool, and so of placement: a list of products that
    will do says that its author takes the result of any.
    """
    return {
        **_fields(workload, Part.RECIPE),
        **identity,
        "kind": str(kind),
        "reads": sorted(workload.reads),
        "writes": sorted(workload.writes),
        "launcher": workload.launcher,
        "nodes": workload.nodes,
        "processes": workload.processes or gpus or 1,
        "gpus": gpus,
    }


def exec_digest(workload: Workload) -> str:
    fields = _fields(workload, Part.PLACEMENT)
    fields.get("resources", {}).pop("gpu", None)
    return digest(fields)


def plain(value: Any) -> Any:
    """A value of the spec as JSON. What is at its default is left out, wherever it is."""
    if isinstance(value, Light):
        return {name: plain(item) for name, item in value.written()}
    if isinstance(value, Mapping):
        return {name: plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return str(value) if isinstance(value, Quantity) else value


def _fields(workload: Workload, part: Part) -> dict[str, Any]:
    written = plain(workload).items()
    return {name: value for name, value in written if FIELDS[name] is part and name not in _AS_IDENTITY}
