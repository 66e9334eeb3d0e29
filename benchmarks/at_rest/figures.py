"""What a process takes of the machine, as Linux counts it; and how numbers are told."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

TICKS = os.sysconf("SC_CLK_TCK")
_CPU, _CPU_OF_CHILDREN = slice(11, 13), slice(13, 15)
"""Of /proc/<number>/stat, after the name: user and system time in ticks."""


class Memory(NamedTuple):
    """In MB of 2^20 bytes. `shared_out` counts pages that n processes use as 1/n; `peak` is of `resident`."""

    resident: float
    shared_out: float
    peak: float


class Seconds(NamedTuple):
    """Of processors: its own, and those of its children that have ended (git)."""

    own: float
    children: float

    def since(self, before: Seconds) -> Seconds:
        return Seconds(self.own - before.own, self.children - before.children)


def memory(process: int) -> Memory:
    rolled, status = _fields(process, "smaps_rollup"), _fields(process, "status")
    return Memory(*(kilobytes / 1024 for kilobytes in (rolled["Rss"], rolled["Pss"], status["VmHWM"])))


def seconds(process: int) -> Seconds:
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return Seconds(*(sum(map(int, fields[which])) / TICKS for which in (_CPU, _CPU_OF_CHILDREN)))


def percentile(numbers: Sequence[float], share: float) -> float:
    """The smallest of them that at least this share of all does not exceed."""
    ordered = sorted(numbers)
    return ordered[max(0, -(-int(share * 1000) * len(ordered) // 1000) - 1)]


def _fields(process: int, file: str) -> dict[str, int]:
    lines = Path(f"/proc/{process}/{file}").read_text().splitlines()
    pairs = (line.partition(":")[::2] for line in lines)
    return {name: int(value.split()[0]) for name, value in pairs if value.strip().endswith(" kB")}
