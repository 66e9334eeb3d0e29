"""What a result was measured on, in a sentence."""

from __future__ import annotations

import os
import platform
from pathlib import Path


def described() -> str:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    load = " ".join(f"{number:.1f}" for number in os.getloadavg())
    return (
        f"{_processor()}, {cores} processors of it, {platform.system()} {platform.release()}, "
        f"{platform.python_implementation()} {platform.python_version()}, load {load} as it began{_priority()}"
    )


def _priority() -> str:
    """What favoured it, or held it back, beside what else ran."""
    if hasattr(os, "sched_getscheduler") and os.sched_getscheduler(0) == os.SCHED_FIFO:
        return ", with real-time priority"
    return f", at niceness {os.nice(0)}" if os.nice(0) else ""


def _processor() -> str:
    path = Path("/proc/cpuinfo")
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return next(
        (line.partition(":")[2].strip() for line in lines if line.startswith("model name")),
        platform.machine(),
    )
