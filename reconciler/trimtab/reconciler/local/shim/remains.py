"""What is left of a process: finding its descendants, killing them.

A process's group is not enough: launchers put their workers into sessions of their own. So all that descends from it
carries a mark in its environment, which the kernel shows.
"""

from __future__ import annotations

import os
import time

from .light import signal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

MARK = "TRIMTAB_PROCESS"
"""The variable; its value is the directory of the process."""

PATIENCE = 2.0
"""Seconds to wait for the killed to be gone; more than a moment only where the kernel itself is stuck with them."""


def descendants(directory: str) -> list[int]:
    """Every process with the mark; none on systems without /proc."""
    if not os.path.isdir("/proc/self"):
        return []
    mark = os.fsencode(f"{MARK}={directory}")
    return [int(name) for name in os.listdir("/proc") if name.isdigit() and mark in _environment(name)]


def _environment(pid: str) -> list[bytes]:
    try:
        with open(f"/proc/{pid}/environ", "rb") as file:
            return file.read().split(b"\0")
    except OSError:  # gone meanwhile, or another user's
        return []


def kill_remains(directory: str, leader: int) -> int:
    """Kill the group of `leader` (0: none is known to be ours) and every descendant; how many these were at least."""
    killed = {leader} if leader else set()
    deadline = time.monotonic() + PATIENCE
    if leader:
        send_to_group(leader, signal.SIGKILL)
    while (found := descendants(directory)) and time.monotonic() < deadline:
        for pid in found:
            _unless_gone(os.kill, pid, signal.SIGKILL)
        killed.update(found)
        time.sleep(0.002)
    return len(killed)


def send_to_group(leader: int, number: int) -> None:
    _unless_gone(os.killpg, leader, number)


def _unless_gone(send: Callable[[int, int], None], pid: int, number: int) -> None:
    try:
        send(pid, number)
    except (ProcessLookupError, PermissionError):  # macOS says the latter of a group of zombies
        return
