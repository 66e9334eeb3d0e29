"""A shim's beginning: leave the parent, take the directory's lock, clean up after an earlier shim, hold the process."""

from __future__ import annotations

import fcntl
import os
import sys
import time

if __name__ == "__main__":  # run as a file, away from our package: PEP 366 lets its siblings be found
    _folder = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    sys.path += [_folder, os.path.dirname(os.path.dirname(os.path.dirname(_folder)))]
    __package__ = "shim"

from trimtab.reconciler.process_identity import birth, boot_id

from .holding import Shim
from .light import load
from .remains import kill_remains
from .status import Status

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

HELD, OVER = 3, 4
"""Exit codes: another shim holds this directory; its process has ended for good."""


def main(directory: str) -> int:
    """In the caller's child: returns once the process runs, and says on stderr why it can't be held."""
    reader, writer = os.pipe()
    child = os.fork()
    if child:
        os.close(writer)
        return 0 if os.read(reader, 1) else abs(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    os.close(reader)
    os.setsid()
    os.chdir(directory)
    return _hold(directory, writer)


def _hold(directory: str, ready: int) -> int:
    seen_before = os.path.exists("lock")
    lock = _take_lock()
    if lock < 0:
        return HELD
    earlier = _read_status() if seen_before else {}
    if earlier.get("state") == "ended":
        return OVER
    restarts = 0
    if seen_before:
        kill_remains(directory, leader(earlier))
        restarts = earlier.get("restarts", 0) + bool(earlier)
    config = load("shim.json")
    shim = Shim(directory, config, Status(directory, config["notices"], restarts))
    try:
        shim.hold(lambda: _leave_caller(ready))
    except Exception:
        _say_why()
        raise
    return 0


def _take_lock() -> int:
    """It names this process and lasts as long. Who looks whether it is held has it for a moment: so try again."""
    file = os.open("lock", os.O_RDWR | os.O_CREAT, 0o600)
    for _ in range(50):
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(0.002)
        else:
            os.ftruncate(file, 0)
            os.write(file, b"%d" % os.getpid())
            return file
    return -1


def _read_status() -> Mapping[str, Any]:
    try:
        status = load("status.json")
    except (OSError, ValueError):
        return {}
    return status if isinstance(status, dict) else {}


def leader(earlier: Mapping[str, Any]) -> int:
    """The process that an earlier shim held, if it is still that one."""
    pid = earlier.get("pid", 0)
    same = pid and earlier["boot"] == boot_id() and earlier["birth"] == birth(pid)
    return pid if same else 0


def _leave_caller(ready: int) -> None:
    null = os.open(os.devnull, os.O_RDWR)
    for file in (0, 1, 2):
        os.dup2(null, file)
    os.close(null)
    os.write(ready, b"1")
    os.close(ready)


def _say_why() -> None:
    """A shim that breaks off is a bug of ours, and by now nobody hears it but whoever reads the log."""
    import traceback

    with open("log", "a", encoding="utf-8") as log:
        log.write(traceback.format_exc())


if __name__ == "__main__":
    code = main(sys.argv[1])
    sys.stderr.flush()
    os._exit(code)  # nothing to tear down, in either of the two processes
