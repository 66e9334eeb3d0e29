"""Processes held by shims: start one, adopt it after a restart of the host, stop it, and know how it ended.

A process lives in a directory of its own: `shim.json` (what it is to be), `status.json` (what has become of it), `log`
and `log.1`, `lock` (held by its shim as long as that lives). Everything is in these files, so any host can go on
where another was killed. Which process ought to run is not decided here.
"""

from __future__ import annotations

from pathlib import Path

from trimtab.reconciler.local.launch import Launch, ProcessStatus


class CannotStart(Exception):
    """A shim could not be started. The text is one sentence for people."""


def start(directory: Path, launch: Launch) -> None:
    """Have the process run: returns, about 20 ms later, when its shim holds it. Blocks: call it in a thread.

    May be repeated: where the process is held already, or has ended for good, nothing happens. One that was lost is
    started again, as a restart, after what is left of it was killed. Raises `CannotStart`.
    """
    raise NotImplementedError


def read(directory: Path) -> ProcessStatus:
    """What has become of it; costs about 0.1 ms, needs no running host, and never raises."""
    raise NotImplementedError


def is_alive(directory: Path) -> bool:
    """Is there a shim? The kernel answers: a shim's lock ends with it, however it ends."""
    raise NotImplementedError


def stop(directory: Path, grace: float | None = None) -> None:
    """Ask for the end: SIGTERM to its process group, SIGKILL after `grace` seconds (the launch's, if None).

    Returns at once; a notice tells the end. May be repeated with a shorter grace. No restart follows. Without a shim,
    what is left of the process is killed.
    """
    raise NotImplementedError


def restart(directory: Path) -> None:
    """End the process as `stop` does, and let its restart policy go on from there: what a failed liveness probe asks."""
    raise NotImplementedError


def kill_orphans(directory: Path) -> int:
    """Kill what a killed shim left behind, descendants included; how many processes that were."""
    raise NotImplementedError
