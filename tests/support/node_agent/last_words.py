"""What a container left when it ended: its termination message, or the end of its log where that may do."""

from __future__ import annotations

from pathlib import Path

from node_agent.api import Body
from trimtab.reconciler.local import tail
from trimtab.reconciler.local.launch import ProcessStatus, State
from trimtab.reconciler.local.termination import LOG_CHARACTERS, LOG_LINES, LONGEST


def last_words(directory: Path, container: Body, process: ProcessStatus) -> str:
    """Of its last end, also while it runs again; empty where it has not ended once."""
    if not process.ended:
        return ""
    if error := start_error(directory, process):
        return error
    runs_again = process.state in (State.RUNNING, State.STARTING)
    said = _read(directory / ("last-words.before" if runs_again else "last-words"))
    if said or not process.exit_code or container.get("terminationMessagePolicy") != "FallbackToLogsOnError":
        return said
    return "\n".join(tail.last_lines(directory / "log", LOG_LINES))[-LOG_CHARACTERS:]


def start_error(directory: Path, process: ProcessStatus) -> str:
    """Why the program of the last start never ran."""
    return process.error or (_read(directory / "start-error") if process.exit_code == 128 else "")


def _read(file: Path) -> str:
    try:
        with file.open("rb") as opened:
            return opened.read(LONGEST).decode(errors="replace")
    except OSError:
        return ""
