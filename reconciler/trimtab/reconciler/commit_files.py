"""Where a spec and its code are read from: one commit of a repository, without a working folder. See `files`."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import PurePosixPath

from trimtab.reconciler.files import NEVER, Blob
from trimtab.reconciler.git import GitError, GitSource


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
        return [blob for blob in blobs if not NEVER & set(PurePosixPath(blob.path).parts)]

    def _at(self, path: str) -> str:
        return os.path.normpath(f"{self.folder}/{path}").lstrip("/")
