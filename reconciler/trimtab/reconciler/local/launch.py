"""What a process is to be, and what has become of it: the values between the engine host and its shims.

A secret's value is never part of either: a launch names the file and the keys, and the shim alone reads them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path


class Restart(StrEnum):
    """When a process that has ended is started again; the words are those of a Pod's `restartPolicy`."""

    ALWAYS = "Always"
    ON_FAILURE = "OnFailure"
    NEVER = "Never"


@dataclass(frozen=True, slots=True)
class Backoff:
    """Seconds before a restart: doubled from `first` up to `limit`, anew once the process has run for `reset`."""

    first: float = 1.0
    limit: float = 60.0
    reset: float = 60.0


@dataclass(frozen=True, slots=True)
class Secrets:
    """Environment variables filled from a JSON file of mode 0600: name -> the keys that lead to its value.

    The file is read at each start of the process, so a restart sees a value that was changed.
    """

    file: Path
    variables: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Launch:
    """One process to hold. `env` is all that it gets, besides its secrets: nothing is inherited."""

    argv: tuple[str, ...]
    """The command; a name without a slash is looked up on the PATH of `env`."""
    env: Mapping[str, str]
    cwd: Path
    restart: Restart = Restart.NEVER
    restart_limit: int | None = None
    """Restarts after which an ended process stays ended, as a Job's `backoffLimit`; None: no limit."""
    backoff: Backoff = field(default=Backoff())
    grace: float = 30.0
    """Seconds between SIGTERM and SIGKILL."""
    log_limit: int = 10 * 1024 * 1024
    """Bytes after which `log` becomes `log.1`; so a process keeps twice as much on disk."""
    secrets: Secrets | None = None
    notices: Path | None = None
    """Where a host hears of changes, see `notices.Notices`. Not in the way when nobody listens."""


class State(StrEnum):
    ABSENT = "absent"
    """Nothing was ever started in this directory."""
    STARTING = "starting"
    RUNNING = "running"
    WAITING = "waiting"
    """It ended, and is started again at `until`."""
    ENDED = "ended"
    """It ended for good: by itself, or because it was stopped."""
    LOST = "lost"
    """Its shim was killed (or the machine went down), so nobody knows how it ended. `kill_orphans`, then decide."""


@dataclass(frozen=True, slots=True)
class ProcessStatus:
    """Times are seconds since the epoch, 0 where there is none. The last end stays visible while it runs again."""

    state: State
    pid: int = 0
    restarts: int = 0
    exit_code: int | None = None
    """Of the last end: the process's own, 128 + signal, 127 command not found, 126 it could not be run."""
    signal: int | None = None
    """The signal that ended it, where one did."""
    error: str = ""
    """One sentence for people, where it could not be started or held."""
    started: float = 0.0
    """Of the present, or else the last, start."""
    ended: float = 0.0
    until: float = 0.0
    stopping: bool = False
    """A stop was asked for."""

    @property
    def alive(self) -> bool:
        return self.state in (State.STARTING, State.RUNNING, State.WAITING)

    @property
    def succeeded(self) -> bool | None:
        """None until it has ended for good."""
        if self.state is State.LOST:
            return False
        return self.exit_code == 0 if self.state is State.ENDED else None
