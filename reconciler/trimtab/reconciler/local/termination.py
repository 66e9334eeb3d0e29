"""A container's last words: what it left in its termination message file, or at the end of its log where that may do."""

from __future__ import annotations

import os
from pathlib import Path

from trimtab.reconciler.local import pod_directory, tail
from trimtab.reconciler.local.launch import ProcessStatus
from trimtab.reconciler.local.objects import Body

LONGEST = 4096
LOG_LINES, LOG_CHARACTERS = 80, 2048
"""What a cluster takes of a log."""

LINE_CHARACTERS = 300

CLOCK_STEP = 0.02
"""Seconds by which a file's time may lag behind the clock."""


def last_words(pod: Path, container: Body, process: ProcessStatus) -> str:
    """Of its last start: what an earlier one left in the file does not count. Empty while it has not ended once."""
    if not process.ended:
        return ""
    said = _message(pod, container, process.started)
    if said or not process.exit_code or container.get("terminationMessagePolicy") != "FallbackToLogsOnError":
        return said
    lines = tail.last_lines(pod_directory.container(pod, container["name"]) / "log", LOG_LINES)
    return "\n".join(lines)[-LOG_CHARACTERS:]


def last_line(pod: Path, container: Body) -> str:
    """What a person would look at first when a program has failed: a traceback's last line says what it was."""
    lines = tail.last_lines(pod_directory.container(pod, container["name"]) / "log", 1)
    return lines[0].strip()[:LINE_CHARACTERS] if lines else ""


def _message(pod: Path, container: Body, since: float) -> str:
    given = container.get("terminationMessagePath", "")
    if not given.startswith(f"{pod_directory.ROOT}/"):
        return ""
    try:
        path = pod_directory.local_path(pod, container["name"], given)
        with path.open("rb") as file:
            if os.fstat(file.fileno()).st_mtime < since - CLOCK_STEP:
                return ""
            return file.read(LONGEST).decode(errors="replace")
    except (OSError, pod_directory.BadMount):
        return ""
