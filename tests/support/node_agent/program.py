"""The process of a container as `run_container` makes it: known to run only when its program does."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from trimtab.reconciler.local import processes
from trimtab.reconciler.local.launch import ProcessStatus, State


def read_process(directory: Path) -> ProcessStatus:
    """As the shim tells it, except that while a container's file system is being built it is only starting."""
    status = processes.read(directory)
    if status.state is State.RUNNING and first_process(directory)[0] != status.pid:
        return replace(status, state=State.STARTING)
    return status


def first_process(directory: Path) -> tuple[int, int]:
    """The number of the process that holds the container, and that of its process 1, as seen outside; 0 where none ran."""
    try:
        holder, first = (directory / "first").read_text().split()
    except (OSError, ValueError):
        return 0, 0
    return int(holder), int(first)
