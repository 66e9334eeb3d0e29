"""Writing a file so that a crash leaves either the old one or the new one, never a part."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path


def write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        draft.write_bytes(data)
        commit(draft, path)
    finally:
        with contextlib.suppress(OSError):
            draft.unlink()


def commit(draft: Path, path: Path) -> None:
    """Give a finished draft its name. Both lie in the same folder."""
    _sync(draft)
    draft.replace(path)
    with contextlib.suppress(
        OSError
    ):  # some network file systems can't sync folders; there, renaming is all there is
        _sync(path.parent)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
