"""A Pod's folder on this machine: one directory a container, volumes below, mounts as symbolic links.

    pods/<uid>/volumes/<volume>/...                 emptyDirs; the files of ConfigMaps and Secrets (0600)
    pods/<uid>/containers/<name>/                   shim.json, status.json, log: see `processes`
    pods/<uid>/containers/<name>/root/...           stands for /trimtab; a mount is a link to its volume

Nothing a spec says leads out of a volume or of the folder, and removing a Pod never reaches into what it mounted.
A link can't make a volume read-only: that is not enforced on this machine.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

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
    return pod / "containers" / name


def root(pod: Path, name: str) -> Path:
    """What `TRIMTAB_ROOT` says in this container."""
    return container(pod, name) / "root"


def local_path(pod: Path, name: str, path: str) -> Path:
    """Where a path below `/trimtab` lies for this container; raises `BadMount` for any other path."""
    parts = PurePosixPath(path).parts
    if parts[:2] != ("/", ROOT.strip("/")) or ".." in parts:
        raise BadMount(f"{path} is not below {ROOT}: nothing else can be mounted on this machine")
    return root(pod, name).joinpath(*parts[2:])


def make(pod: Path, volumes: Mapping[str, Volume], mounts: Mapping[str, Sequence[Mount]]) -> None:
    """Make the folder: `mounts` by container. May be repeated after a crash. Raises `BadMount` and `OSError`."""
    places = {name: _place(pod, name, volume) for name, volume in volumes.items()}
    for name, wanted in mounts.items():
        root(pod, name).mkdir(parents=True, exist_ok=True)
        for mount in wanted:
            if mount.volume not in places:
                raise BadMount(f"there is no volume {mount.volume} to mount at {mount.path}")
            source = _inside(places[mount.volume], mount.sub_path)
            _link(root(pod, name), local_path(pod, name, mount.path), source, mount.path)


def remove(pod: Path) -> None:
    """Remove the folder with all that is the Pod's own. Links are removed, never followed."""
    if pod.is_symlink():
        pod.unlink()
        return
    try:
        shutil.rmtree(pod)
    except FileNotFoundError:
        return
    except PermissionError:
        _give_back_rights(pod)
        shutil.rmtree(pod)


def _give_back_rights(folder: Path) -> None:
    """A process may have taken them from folders of its own."""
    folder.chmod(0o700)
    for entry in os.scandir(folder):
        if entry.is_dir(follow_symlinks=False):
            _give_back_rights(Path(entry.path))


def _place(pod: Path, name: str, volume: Volume) -> Path:
    place = volume.path if isinstance(volume, Folder) else pod / "volumes" / name
    place.mkdir(parents=True, exist_ok=True)
    if isinstance(volume, Files):
        for file, data in volume.files.items():
            path = PurePosixPath(file)
            _refuse_ways_out(path)
            _write(_descend(place, path.parent), path.name, data)
    return place


def _write(folder: Path, name: str, data: bytes) -> None:
    """Readable by the user alone from its first byte on."""
    handle, temporary = tempfile.mkstemp(dir=folder)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
    Path(temporary).replace(folder / name)


def _inside(place: Path, sub_path: str) -> Path:
    """What a mount leads to: a file of the volume where there is one, else a folder."""
    path = PurePosixPath(sub_path)
    _refuse_ways_out(path)
    if path.name and (place / path).is_file():
        file = _descend(place, path.parent) / path.name
        if file.is_symlink():
            raise BadMount(f"{sub_path} is a symbolic link: a mount must not lead out of its volume")
        return file
    return _descend(place, path)


def _descend(place: Path, relative: PurePosixPath) -> Path:
    """The folder below `place`, made where it is missing; no step leads through a link."""
    for part in relative.parts:
        place = place / part
        if place.is_symlink():
            raise BadMount(
                f"{relative} leads through a symbolic link: a mount must not lead out of its volume"
            )
        if place.exists() and not place.is_dir():
            raise BadMount(f"{relative} leads through a file")
        place.mkdir(exist_ok=True)
    return place


def _refuse_ways_out(path: PurePosixPath) -> None:
    if path.is_absolute() or ".." in path.parts:
        raise BadMount(f"{path} leads out of its volume")


def _link(top: Path, target: Path, source: Path, mounted_at: str) -> None:
    """Links can't lie inside what they stand for: it would be another volume, or hide what is there."""
    between = [top / parent for parent in target.relative_to(top).parents]
    if any(parent.is_symlink() for parent in between):
        raise BadMount(f"{mounted_at} lies inside another mount, which this machine can't have")
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.is_symlink():
        if target.readlink() == source:
            return
        target.unlink()
    elif target.exists():
        raise BadMount(f"{mounted_at} holds other mounts, which this machine can't have")
    target.symlink_to(source)
