"""The digest of a folder: what ties a run's record to the files it left.

`sha256:` over the canonical JSON of the sorted rows `[path, size, sha256]`, paths relative with `/`. Empty folders,
times and permissions don't count. Links are refused, for what they mean depends on where they are read.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from trimtab.runtime.complaint import Complaint

_CHUNK = 1 << 20


class FolderDigest(NamedTuple):
    digest: str
    bytes: int
    files: int

    def summary(self) -> dict[str, Any]:
        return self._asdict()


def digest_folder(folder: Path) -> FolderDigest:
    """A folder that does not exist has the digest of an empty one."""
    rows = sorted(_rows(folder))
    canonical = json.dumps(rows, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "surrogatepass")
    digest = "sha256:" + hashlib.sha256(canonical).hexdigest()
    return FolderDigest(digest, sum(size for _, size, _ in rows), len(rows))


def _rows(folder: Path) -> Iterator[tuple[str, int, str]]:
    for parent, folders, files in os.walk(folder):
        for name in (*folders, *files):
            path = Path(parent, name)
            if path.is_symlink() or not (path.is_dir() or path.is_file()):
                raise Complaint(f"{path} is a link or a device: an output may hold files and folders only")
        for name in files:
            path = Path(parent, name)
            size, digest = _of_file(path)
            yield path.relative_to(folder).as_posix(), size, digest


def _of_file(path: Path) -> tuple[int, str]:
    size, hashed = 0, hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            size += len(chunk)
            hashed.update(chunk)
    return size, hashed.hexdigest()
