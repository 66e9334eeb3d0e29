"""Processes held by shims: start one, adopt it after a restart of the host, stop it, and know how it ended.

A process lives in a directory of its own: `shim.json` (what it is to be), `status.json` (what has become of it), `log`
and `log.1`, `lock` (held by its shim as long as that lives). Everything is in these files, so any host can go on
where another was killed. Which process ought to run is not decided here.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from trimtab.reconciler.local import own_python, whole_files
from trimtab.reconciler.local.launch import Launch, ProcessStatus, State
from trimtab.reconciler.local.shim import __main__ as shim
from trimtab.reconciler.local.shim.remains import kill_remains

LIVE = frozenset({State.STARTING, State.RUNNING, State.WAITING})


class CannotStart(Exception):
    """A shim could not be started. The text is one sentence for people."""


def start(directory: Path, launch: Launch) -> None:
    """Have the process run: returns, about 20 ms later, when its shim holds it. Blocks: call it in a thread.

    May be repeated: where the process is held already, or has ended for good, nothing happens. One that was lost is
    started again, as a restart, after what is left of it was killed. Raises `CannotStart`.
    """
    directory = directory.resolve()
    status = read(directory)
    if status.alive or status.state is State.ENDED:
        return
    try:
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        whole_files.replace(directory / "shim.json", json.dumps(_described(launch), indent=1) + "\n")
    except OSError as error:
        raise CannotStart(f"{directory} could not be written: {error.strerror}") from error
    command, env = own_python.command(str(shim.__file__), str(directory)), own_python.environment()
    done = subprocess.run(command, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode not in (0, shim.HELD, shim.OVER):
        said = done.stderr.strip().rpartition("\n")[2] or f"exit code {done.returncode}"
        raise CannotStart(f"the shim of {directory} could not start: {said}")


def read(directory: Path) -> ProcessStatus:
    """What has become of it; costs about 0.1 ms, needs no running host, and never raises."""
    facts = _facts(directory)
    if facts.get("state") == "ended":
        return _status(facts)
    if is_alive(directory):
        return _status(facts) if facts else ProcessStatus(State.STARTING)
    facts = _facts(directory)  # read again: a shim writes how it all ended before it lets go of its lock
    if facts.get("state") == "ended":
        return _status(facts)
    if not (directory / "lock").exists():
        return ProcessStatus(State.ABSENT)
    lost = {
        "state": "lost",
        "exit_code": None,
        "signal": None,
        "error": "its shim was killed: how it ended is not known",
    }
    return _status({**facts, **lost})


def is_alive(directory: Path) -> bool:
    """Is there a shim? The kernel answers: a shim's lock ends with it, however it ends."""
    try:
        lock = os.open(directory / "lock", os.O_RDONLY)
    except OSError:
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(lock)
    return False


def shim_number(directory: Path) -> int:
    """The process id of the shim that holds, or last held, this directory; 0 where there was none."""
    try:
        return int((directory / "lock").read_bytes() or b"0")
    except (OSError, ValueError):
        return 0


def stop(directory: Path, grace: float | None = None) -> None:
    """Ask for the end: SIGTERM to its process group, SIGKILL after `grace` seconds (the launch's, if None).

    Returns at once; a notice tells the end. May be repeated with a shorter grace. No restart follows. Without a shim,
    what is left of the process is killed.
    """
    if not is_alive(directory):
        kill_orphans(directory)
        return
    with contextlib.suppress(OSError):  # a full disk must not keep anything from being stopped
        if grace is None:
            (directory / "grace").unlink(missing_ok=True)
        else:
            whole_files.replace(directory / "grace", f"{grace}\n")
    _send(directory, signal.SIGTERM)


def restart(directory: Path) -> None:
    """End the process as `stop` does, and let its restart policy go on from there: what a failed liveness probe asks."""
    with contextlib.suppress(OSError):
        (directory / "grace").unlink(missing_ok=True)
    _send(directory, signal.SIGUSR1)


def kill_orphans(directory: Path) -> int:
    """Kill what a killed shim left behind, descendants included; how many processes that were."""
    if is_alive(directory):
        return 0
    directory = directory.resolve()
    return kill_remains(str(directory), shim.leader(_facts(directory)))


def _send(directory: Path, number: int) -> None:
    """A handle is taken before we look whether the shim lives, so the number can't be another process's by now."""
    pid = shim_number(directory)
    try:
        handle = os.pidfd_open(pid)
    except (AttributeError, OSError):  # not Linux, or gone
        if is_alive(directory):
            os.kill(pid, number)
        return
    try:
        if is_alive(directory):
            signal.pidfd_send_signal(handle, number)
    except ProcessLookupError:
        pass
    finally:
        os.close(handle)


def _facts(directory: Path) -> Mapping[str, Any]:
    try:
        facts = json.loads((directory / "status.json").read_bytes())
    except (OSError, ValueError):
        return {}
    return facts if isinstance(facts, dict) else {}


def _status(facts: Mapping[str, Any]) -> ProcessStatus:
    known = {name: facts[name] for name in ProcessStatus.__slots__ if name in facts}
    return ProcessStatus(**{**known, "state": State(facts["state"])})


def _described(launch: Launch) -> Mapping[str, Any]:
    """What `shim.json` says."""
    secrets = launch.secrets
    return {
        "argv": launch.argv,
        "env": dict(launch.env),
        "cwd": str(launch.cwd),
        "restart": launch.restart,
        "restart_limit": launch.restart_limit,
        "backoff": (launch.backoff.first, launch.backoff.limit, launch.backoff.reset),
        "grace": launch.grace,
        "log_limit": launch.log_limit,
        "secrets": secrets and {"file": str(secrets.file), "variables": dict(secrets.variables)},
        "notices": launch.notices and str(launch.notices.resolve()),
    }
