"""Where a spec and its code are read from: a folder as it is. For one commit of a repository, see `commit_files`.

Both give the same bytes for the same content, so that a run key does not depend on which was asked. Symbolic links
are left out: they could lead anywhere.
"""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import NamedTuple, Protocol

from trimtab.reconciler.addresses import Origin

NEVER = frozenset({".git", ".trimtab", ".venv", "__pycache__", "node_modules"})


class Blob(NamedTuple):
    """A file of a tree: its path below the folder that was asked for, and whether it is executable."""

    path: str
    executable: bool
    data: bytes


class Files(Protocol):
    """Paths are relative to the spec's folder, with forward slashes."""

    @property
    def dirty(self) -> bool: ...

    async def read(self, path: str) -> bytes | None: ...

    async def tree(self, folder: str) -> list[Blob] | None: ...


@dataclass(frozen=True, slots=True)
class FolderFiles:
    """The working folder as it is. In a repository, files that git ignores are left out. It never waits."""

    root: Path
    dirty: bool = True

    async def read(self, path: str) -> bytes | None:
        file = self.root / path
        return file.read_bytes() if file.is_file() else None

    async def tree(self, folder: str) -> list[Blob] | None:
        top = self.root / folder
        if not top.is_dir():
            return None
        names = _tracked(top)
        paths = sorted(_walk(top) if names is None else names)
        return [_blob(top, path) for path in paths if _is_plain(top, path)]


def origin_of(spec: Path) -> Origin:
    """Of a spec that is read from its folder."""
    return Origin(f"file:{spec.resolve()}", head_commit(spec.resolve().parent))


def head_commit(folder: Path) -> str:
    """The commit that is checked out, `-dirty` behind it if anything differs; empty outside a repository."""
    oid = _git(folder, "rev-parse", "HEAD")
    if not oid:
        return ""
    changed = _git(folder, "status", "--porcelain", "--", ".")
    return f"{oid.strip()}{'-dirty' if changed else ''}"


def _tracked(top: Path) -> list[str] | None:
    out = _git(top, "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", ".")
    return None if out is None else [name for name in out.split("\0") if name]


def _git(folder: Path, *arguments: str) -> str | None:
    """None where git is missing or the folder is in no repository."""
    argv = ["git", "-c", "core.fsmonitor=false", "-C", str(folder), *arguments]
    try:
        done = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=30)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None


def _walk(top: Path) -> list[str]:
    found: list[str] = []
    for folder, folders, names in os.walk(top):
        folders[:] = [name for name in folders if name not in NEVER]
        found += [Path(folder, name).relative_to(top).as_posix() for name in names]
    return found


def _is_plain(top: Path, path: str) -> bool:
    file = top / path
    hidden = NEVER & set(PurePosixPath(path).parts) or path.endswith((".pyc", ".DS_Store"))
    return not hidden and file.is_file() and not file.is_symlink()


def _blob(top: Path, path: str) -> Blob:
    file = top / path
    return Blob(path, os.access(file, os.X_OK), file.read_bytes())
