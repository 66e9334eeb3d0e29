"""Where a spec and its code are read from: a folder as it is, or one commit of a repository.

Both give the same bytes for the same content, so that a run key does not depend on which was asked. Symbolic links
are left out: they could lead anywhere.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Protocol

from trimtab.reconciler.git import Blob, GitError, GitSource

_NEVER = frozenset({".git", ".trimtab", ".venv", "__pycache__", "node_modules"})


class Files(Protocol):
    """Paths are relative to the spec's folder, with forward slashes."""

    @property
    def dirty(self) -> bool: ...

    async def read(self, path: str) -> bytes | None: ...

    async def tree(self, folder: str) -> list[Blob] | None: ...


@dataclass(frozen=True, slots=True)
class FolderFiles:
    """The working folder as it is. In a repository, files that git ignores are left out."""

    root: Path
    dirty: bool = True

    async def read(self, path: str) -> bytes | None:
        return await asyncio.to_thread(self._read, path)

    def _read(self, path: str) -> bytes | None:
        file = self.root / path
        return file.read_bytes() if file.is_file() else None

    async def tree(self, folder: str) -> list[Blob] | None:
        return await asyncio.to_thread(self._tree, folder)

    def _tree(self, folder: str) -> list[Blob] | None:
        top = self.root / folder
        if not top.is_dir():
            return None
        names = _tracked(top)
        paths = sorted(_walk(top) if names is None else names)
        return [_blob(top, path) for path in paths if _is_plain(top, path)]


@dataclass(frozen=True, slots=True)
class CommitFiles:
    """The tree of one commit; `folder` is the spec's, below the repository's root."""

    source: GitSource
    commit: str
    folder: str
    dirty: bool = False

    async def read(self, path: str) -> bytes | None:
        try:
            return await self.source.read(self.commit, self._at(path))
        except GitError:
            return None

    async def tree(self, folder: str) -> list[Blob] | None:
        try:
            blobs = await self.source.tree(self.commit, self._at(folder))
        except GitError:
            return None
        return [blob for blob in blobs if not _NEVER & set(PurePosixPath(blob.path).parts)]

    def _at(self, path: str) -> str:
        return os.path.normpath(f"{self.folder}/{path}").lstrip("/")


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
        folders[:] = [name for name in folders if name not in _NEVER]
        found += [Path(folder, name).relative_to(top).as_posix() for name in names]
    return found


def _is_plain(top: Path, path: str) -> bool:
    file = top / path
    hidden = _NEVER & set(PurePosixPath(path).parts) or path.endswith((".pyc", ".DS_Store"))
    return not hidden and file.is_file() and not file.is_symlink()


def _blob(top: Path, path: str) -> Blob:
    file = top / path
    return Blob(path, os.access(file, os.X_OK), file.read_bytes())
