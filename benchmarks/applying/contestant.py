"""What each contestant is to the benchmark: a user of its own on the control plane, and two passes over one namespace."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from control_plane import ControlPlane

from benchmarks.processes import Taken


class Ring(NamedTuple):
    """Where one contestant applies once: `namespace` is there and empty, `folder` is for its files."""

    plane: ControlPlane
    namespace: str
    folder: Path
    user: str
    """Of the audit log: no other client has this name."""
    kubeconfig: Path
    applications: int
    """How many."""


class Passes(NamedTuple):
    """`first` and `second` each apply everything and return when the contestant says that it is applied; then `end`."""

    first: Callable[[], Taken]
    second: Callable[[], Taken]
    end: Callable[[], None]


class Contestant(NamedTuple):
    name: str
    how: str
    """What is run, for readers of the table."""
    enter: Callable[[Ring], Passes]
    """Writes files, starts what must run beforehand. Raises `CannotBuild`."""


def once(command: Callable[[], Taken]) -> Passes:
    """Of a contestant whose second pass is the same command as its first."""
    return Passes(command, command, lambda: None)
