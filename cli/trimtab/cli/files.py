"""Reading and writing what people wrote: byte for byte as it is, and never half of it."""

from __future__ import annotations

import os
import stat
from pathlib import Path


def read(path: Path) -> str:
    """Line ends and bytes that are not UTF-8 stay in the text, for the reader of specs to judge."""
    return path.read_bytes().decode("utf-8", errors="surrogateescape")


def write(path: Path, text: str) -> None:
    """All of it or nothing: a full disk leaves the file as it was."""
    target = path.resolve()
    draft = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    try:
        draft.write_bytes(text.encode("utf-8", errors="surrogateescape"))
        if target.exists():
            draft.chmod(stat.S_IMODE(target.stat().st_mode))
        draft.replace(target)
    except OSError:
        draft.unlink(missing_ok=True)
        raise
