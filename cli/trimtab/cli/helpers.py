"""Many specs on several processors: helpers look at a share each, and tell of which there is nothing to tell.

What they find stays with them, because findings are rare: who asked looks at those specs again, and at those of a
helper that died. So nothing but a byte a spec goes between processes. Helpers are forked, since a process that starts
anew takes as long as thirty specs; where that can't be, there are none.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import NamedTuple

FEWEST = 16
"""Specs that are worth a helper."""
CLEAN = ord("+")


class Helper(NamedTuple):
    """A process at work on its share. Ask it once, when there is nothing else to do."""

    process: int
    answers: int
    share: Sequence[Path]

    def unsettled(self) -> list[Path]:
        """The specs of its share that somebody has to look at again."""
        with os.fdopen(self.answers, "rb") as pipe:
            told = pipe.read()
        os.waitpid(self.process, 0)
        return [path for path, answer in zip_longest(self.share, told) if answer != CLEAN]


def shared(paths: Sequence[Path], is_clean: Callable[[Path], bool]) -> tuple[Sequence[Path], list[Helper]]:
    """The caller's own share of `paths`, and the helpers that are at work on the others."""
    parts = min(_processors(), len(paths) // FEWEST)
    if parts < 2 or not _may_fork():
        return paths, []
    return paths[::parts], [_helper(paths[start::parts], is_clean) for start in range(1, parts)]


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _may_fork() -> bool:
    """A fork takes one thread along, and whatever the others were about to do is lost."""
    return hasattr(os, "fork") and len(sys._current_frames()) == 1


def _helper(share: Sequence[Path], is_clean: Callable[[Path], bool]) -> Helper:
    sys.stdout.flush()
    reading, writing = os.pipe()
    process = os.fork()
    if process:
        os.close(writing)
        return Helper(process, reading, share)
    try:
        for path in share:
            os.write(writing, bytes([CLEAN]) if is_clean(path) else b"-")
    finally:
        os._exit(0)
