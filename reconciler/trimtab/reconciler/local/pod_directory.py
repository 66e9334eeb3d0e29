"""A Pod's folder on this machine: one directory a container, volumes below, mounts as symbolic links.

    pods/<uid>/volumes/<volume>/...                 emptyDirs; the files of ConfigMaps and Secrets (0600)
    pods/<uid>/containers/<name>/                   shim.json, status.json, log: see `processes`
    pods/<uid>/containers/<name>/root/...           stands for /trimtab; a mount is a link to its volume

Nothing a spec says leads out of a volume or of the folder, and removing a Pod never reaches into what it mounted.
A link can't make a volume read-only: that is not enforced on this machine.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

ROOT = "/trimtab"
"""Below it lies every path of a workload, see `TRIMTAB_ROOT`."""


@dataclass(frozen=True, slots=True)
class Folder:
    """A volume that outlives the Pod: a claim's folder. It is made where it is missing."""

    path: Path


@dataclass(frozen=True, slots=True)
class EmptyDirectory:
    """A volume that is the Pod's own, shared by its containers."""


@dataclass(frozen=True, slots=True)
class Files:
    """Files by name (a ConfigMap's or Secret's keys), readable by the user alone. Names may hold slashes (`items`)."""

    files: Mapping[str, bytes] = field(repr=False)


Volume = Folder | EmptyDirectory | Files


@dataclass(frozen=True, slots=True)
class Mount:
    """`path` lies below `ROOT`; `sub_path` names a directory (made where missing) or file inside the volume."""

    volume: str
    path: str
    sub_path: str = ""


class BadMount(Exception):
    """What a Pod mounts can't be had on this machine. The text is one sentence for people."""


def container(pod: Path, name: str) -> Path:
    """The container's directory, for `processes`."""
    raise NotImplementedError


def root(pod: Path, name: str) -> Path:
    """What `TRIMTAB_ROOT` says in this container."""
    raise NotImplementedError


def local_path(pod: Path, name: str, path: str) -> Path:
    """Where a path below `/trimtab` lies for this container; raises `BadMount` for any other path."""
    raise NotImplementedError


def make(pod: Path, volumes: Mapping[str, Volume], mounts: Mapping[str, Sequence[Mount]]) -> None:
    """Make the folder: `mounts` by container. May be repeated after a crash. Raises `BadMount` and `OSError`."""
    raise NotImplementedError


def remove(pod: Path) -> None:
    """Remove the folder with all that is the Pod's own. Links are removed, never followed."""
    raise NotImplementedError
