"""`stop`: end all processes of a state directory and its host. Nothing is deleted; the next `connect` brings back what
should run."""

from __future__ import annotations

from pathlib import Path

from trimtab.reconciler.cluster import FIELD_MANAGER
from trimtab.reconciler.local import leases, starting
from trimtab.reconciler.local.places import Places


async def stop(state_directory: Path) -> bool:
    """Returns when nothing of it runs any more, each workload having had its grace; False where nothing was there."""
    places = Places.of(state_directory)
    if not places.state.is_dir():
        return False
    connection = await starting.reach(places, FIELD_MANAGER, halted=True)
    await starting.ask_to_stop(connection, workloads=True)
    await leases.freed(places.lock)
    return True
