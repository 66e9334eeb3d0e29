"""Folders of Pods that no object stands for: what is left when a host is killed at the wrong moment, or state is lost."""

from __future__ import annotations

import logging
import time
from collections.abc import Container
from pathlib import Path

from trimtab.reconciler.local import pod_directory, processes
from trimtab.reconciler.local.places import Places

log = logging.getLogger(__name__)

PATIENCE = 10.0
"""Seconds that a process has to end which nobody knows any more."""


def clear_leftovers(places: Places, known: Container[str]) -> None:
    """Stop what runs in Pod folders whose uid is not `known`, and remove them. Blocks."""
    for folder in places.pods.glob("*"):
        if folder.name not in known:
            log.warning("nobody knows the Pod in %s: it is stopped and removed", folder)
            _clear(folder)


def _clear(folder: Path) -> None:
    directories = list((folder / "containers").glob("*"))
    for directory in directories:
        processes.stop(directory, PATIENCE)
    until = time.monotonic() + PATIENCE + 5.0
    while any(processes.is_alive(directory) for directory in directories) and time.monotonic() < until:
        time.sleep(0.02)
    pod_directory.remove(folder)
