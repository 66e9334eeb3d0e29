"""What a cluster's controllers would do, for this machine."""

from __future__ import annotations

from trimtab.reconciler.local.engine import Engine
from trimtab.reconciler.local.places import Places


class Controllers:
    """All of them, running on one engine."""

    def __init__(self, engine: Engine, places: Places) -> None:
        self.engine = engine
        self.places = places

    @property
    def busy(self) -> bool:
        return False

    async def start(self) -> None: ...
    async def stop_workloads(self) -> None: ...
    async def close(self) -> None: ...
