"""Files of a volume, replaced all at once as a kubelet does: `<key>` -> `..data/<key>`, `..data` -> the newest folder."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import NamedTuple

DATA = "..data"


class File(NamedTuple):
    data: bytes
    mode: int = 0o644


def write(folder: Path, files: Mapping[str, File], group: int | None = None) -> None:
    """Paths in `files` may hold slashes. Nothing is touched where all is as wanted already."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o755)
    link = folder / DATA
    before = link.resolve() if link.is_symlink() else None
    if before is not None and _read(before) == dict(files):
        return
    fresh = folder / f"..{1 + int(before.name.strip('.')) if before else 1}"
    fresh.mkdir(mode=0o755)
    for name, file in files.items():
        _put(fresh / name, file, group)
    passing = folder / "..data_tmp"
    passing.symlink_to(fresh.name)
    passing.rename(link)
    _link_names(folder, {PurePosixPath(name).parts[0] for name in files})
    if before is not None:
        shutil.rmtree(before)


def _put(path: Path, file: File, group: int | None) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(file.data)
    path.chmod(file.mode | (0o040 if group is not None else 0))
    if group is not None:
        os.chown(path, -1, group)


def _link_names(folder: Path, names: set[str]) -> None:
    for path in folder.iterdir():
        if not path.name.startswith("..") and path.name not in names:
            path.unlink()
    for name in names:
        if not (folder / name).is_symlink():
            (folder / name).symlink_to(f"{DATA}/{name}")


def _read(folder: Path) -> dict[str, File]:
    return {
        str(path.relative_to(folder)): File(path.read_bytes(), path.stat().st_mode & 0o777)
        for path in folder.rglob("*")
        if path.is_file()
    }
