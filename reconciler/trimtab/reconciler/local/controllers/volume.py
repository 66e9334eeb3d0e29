"""Claims: each is a folder of this machine, bound as soon as it is there. Deleting a claim keeps its folder."""

from __future__ import annotations

from pathlib import Path

from trimtab.reconciler.local.controllers.controller import Controller
from trimtab.reconciler.local.engine import Engine
from trimtab.reconciler.local.objects import Stored
from trimtab.reconciler.local.places import Places

ROLE = "trimtab.dev/role"
SYSTEM = "trimtab.dev/system"


class VolumeController(Controller):
    kind = ("v1", "PersistentVolumeClaim")

    def __init__(self, engine: Engine, places: Places) -> None:
        super().__init__(engine)
        self._places = places

    def reconcile(self, stored: Stored) -> None:
        if stored.deleting:
            return
        folder(self._places, stored).mkdir(parents=True, exist_ok=True)
        capacity = stored.spec["resources"]["requests"]
        modes = stored.spec.get("accessModes", [])
        self.engine.set_status(
            stored.ref, {"phase": "Bound", "accessModes": modes, "capacity": dict(capacity)}
        )


def folder(places: Places, claim: Stored) -> Path:
    """Artifacts are shared by the environments of a system; everything else is one environment's own."""
    marks = {**claim.annotations, **claim.labels}
    if marks.get(ROLE) == "artifacts":
        system = marks.get(SYSTEM) or claim.ref.name.removesuffix("-artifacts")
        return places.artifacts(claim.ref.namespace, system)
    return places.volume(claim.ref.namespace, claim.ref.name)
