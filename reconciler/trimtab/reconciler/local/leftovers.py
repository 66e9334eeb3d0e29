"""Folders that no object stands for: what is left when a host is killed at the wrong moment, or when state is lost."""

from __future__ import annotations

import logging
import shutil
import time
from collections.abc import Container, Sequence
from pathlib import Path

from trimtab.reconciler.local import pod_directory, processes, salvage
from trimtab.reconciler.local.places import Places

log = logging.getLogger(__name__)

PATIENCE = 10.0
"""Seconds that a process has to end which nobody knows any more."""


def clear_leftovers(places: Places, known: Container[str]) -> None:
    """Stop what runs for Pods and Services whose uid is not `known`, and remove their folders. Blocks."""
    for folder in places.pods.glob("*"):
        if folder.name not in known:
            log.warning("nobody knows the Pod in %s: it is stopped and removed", folder)
            _stop(list((folder / "containers").glob("*")))
            pod_directory.remove(folder)
    for folder in places.services.glob("*"):
        if not any(stored.uid in known for stored in salvage.noted(folder)):
            log.warning("nobody knows the Service in %s: it is stopped and removed", folder)
            _stop([folder])
            shutil.rmtree(folder, ignore_errors=True)


def _stop(directories: Sequence[Path]) -> None:
    for directory in directories:
        processes.stop(directory, PATIENCE)
    until = time.monotonic() + PATIENCE + 5.0
    while any(processes.is_alive(directory) for directory in directories) and time.monotonic() < until:
        time.sleep(0.02)
