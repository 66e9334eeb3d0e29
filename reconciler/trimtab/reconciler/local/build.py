"""Which code this is: a host that runs other code than its client is asked to make room for a new one."""

from __future__ import annotations

import hashlib
import sys
from functools import cache
from pathlib import Path


@cache
def build() -> str:
    """A digest of the interpreter and of the engine's files, by size and time: read in under a millisecond."""
    root = Path(__file__).parent
    files = sorted([*root.rglob("*.py"), *root.parent.glob("*.py")])
    stats = [(str(file), (found := file.stat()).st_size, found.st_mtime_ns) for file in files]
    return hashlib.sha256(repr((sys.executable, sys.version, stats)).encode()).hexdigest()[:16]
