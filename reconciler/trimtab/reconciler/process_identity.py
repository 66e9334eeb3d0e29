"""Which process it is: a number is given away again, and a machine starts again; these tell one from the next.

The shim reads it with no site and no other module of ours, so it imports nothing but `os`.
"""

from __future__ import annotations

import os


def boot_id() -> str:
    """Tells one start of the machine from the next; empty where the system has no such thing."""
    try:
        with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:
            return file.read().strip()
    except OSError:
        return ""


def birth(pid: int) -> str:
    """When the process started, in the system's own words; empty when there is no such process."""
    if not os.path.isdir("/proc/self"):
        with os.popen(f"ps -o lstart= -p {int(pid)}") as answer:  # noqa: S605  # an integer
            return answer.read().strip()
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
            fields = file.read().rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if fields[0] in "ZX" else fields[19]
