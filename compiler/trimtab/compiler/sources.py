"""What a spec names and only the edge can fetch: code trees and locks, as values.

Nothing here opens a folder or a repository. Paths are those the spec writes (`src`, `requirements.txt`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class CodeTree:
    """A content-addressed tree. `archive` is a reproducible .tar.gz of it; `dirty` when it is not a commit's."""

    digest: str
    archive: bytes = field(repr=False)
    dirty: bool = False


@dataclass(frozen=True, slots=True)
class Lock:
    """Pinned distributions, as pip's requirements. `digest` is that of the text."""

    digest: str
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Sources:
    trees: Mapping[str, CodeTree] = field(default_factory=dict)
    locks: Mapping[str, Lock] = field(default_factory=dict)
    interpreter: str = ""
    """The Python of this machine, `cpython-3.11`: part of what a local run's result depends on."""
