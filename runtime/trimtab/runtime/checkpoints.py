"""Checkpoints of one run key in a folder: written whole or not at all, and never trusted unread.

A file is named `<steps>-<digest>.pt`. The digest is checked before a file is read, so one that was cut or altered
is passed over for the one before it. Loading never runs code from the file.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch

from trimtab.runtime import atomic

_CHUNK = 1 << 20
_SUFFIX = ".pt"


class Checkpoints:
    """One process writes; `keep` is how many files stay."""

    def __init__(self, folder: Path, keep: int) -> None:
        self._folder = folder
        self._keep = max(keep, 1)

    def save(self, step: int, state: dict[str, Any]) -> Path:
        """`step` orders checkpoints: how much of the run lies behind this one."""
        draft = self._folder / f".{step}{_SUFFIX}.tmp"
        draft.parent.mkdir(parents=True, exist_ok=True)
        torch.save(state, draft)
        final = self._folder / f"{step:012d}-{_digest(draft)}{_SUFFIX}"
        atomic.commit(draft, final)
        self._drop_old()
        return final

    def newest(self) -> dict[str, Any] | None:
        """The state of the newest checkpoint that is whole; None where there is none."""
        for path in self._newest_first():
            state = _load(path)
            if state is not None:
                return state
            print(
                f"the checkpoint {path.name} is damaged; trying the one before", file=sys.stderr, flush=True
            )
        return None

    def _newest_first(self) -> Iterator[Path]:
        return iter(sorted(self._folder.glob(f"[0-9]*-*{_SUFFIX}"), reverse=True))

    def _drop_old(self) -> None:
        for path in list(self._newest_first())[self._keep :]:
            path.unlink(missing_ok=True)
        for draft in self._folder.glob(f".*{_SUFFIX}.tmp"):
            draft.unlink(missing_ok=True)


def _load(path: Path) -> dict[str, Any] | None:
    try:
        if path.stem.partition("-")[2] != _digest(path):
            return None
        state = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # noqa: BLE001 - whatever fails here, the one before or a fresh start still trains
        print(f"{path.name}: {error}", file=sys.stderr, flush=True)
        return None
    return state if isinstance(state, dict) else None


def _digest(path: Path) -> str:
    hashed = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            hashed.update(chunk)
    return hashed.hexdigest()[:24]
