"""A workload together with where its fields were written, its own or those it inherits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from trimtab.spec.positions import Positions, SpecPath

if TYPE_CHECKING:
    from trimtab.spec.model.training import Evaluation
    from trimtab.spec.model.workload import Workload


@dataclass(frozen=True, slots=True)
class Placed:
    """`workload` is what holds; `path` where it stands, `parent` where the rest of it was written."""

    workload: Workload
    path: SpecPath
    positions: Positions
    parent: SpecPath = ()

    def at(self, *field: str) -> SpecPath:
        own, inherited = (*self.path, *field), (*self.parent, *field)
        return inherited if self.parent and own not in self.positions and inherited in self.positions else own


def evaluation_of(training: Placed, name: str, evaluation: Evaluation) -> Placed:
    """An evaluation with the image, code and environment of its training where it has none of its own."""
    heir: dict[str, object] = {"env": {**training.workload.env, **evaluation.env}}
    for field in ("image", "code"):
        heir[field] = getattr(evaluation, field) or getattr(training.workload, field)
    whole = cast(Any, evaluation).but(**heir)
    return Placed(whole, (*training.path, "evaluate", name), training.positions, training.path)
