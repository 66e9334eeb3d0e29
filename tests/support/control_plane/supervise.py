"""Runs one server and takes it along when whoever started it goes, however that happens.

    python supervise.py FOLDER SERVER ARGUMENTS...

Standard input is a pipe that is held open and never written to. When its other end is gone, by close or by death, the
server and all that it started are killed, and FOLDER is removed, unless it is empty. First the number of the server's
process is printed.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

PR_SET_PDEATHSIG = 1
OTHERS_SECONDS = 10
"""For the servers beside this one, each with a supervisor of its own, to stop writing into the folder."""


def main(folder: str, *argv: str) -> int:
    server = subprocess.Popen(
        argv,
        stdin=subprocess.DEVNULL,
        stdout=sys.stderr,
        process_group=0,
        preexec_fn=_die_with_parent if sys.platform == "linux" else None,
    )
    print(server.pid, flush=True)
    watcher = threading.Thread(target=_clean_up_when_left_alone, args=[server.pid, folder], daemon=True)
    watcher.start()
    code = server.wait()
    if _is_left_alone.is_set():
        watcher.join()
    return code


_is_left_alone = threading.Event()


def _die_with_parent() -> None:
    """Even where this process itself is killed at once."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def _clean_up_when_left_alone(number: int, folder: str) -> None:
    os.read(sys.stdin.fileno(), 1)
    _is_left_alone.set()
    with contextlib.suppress(ProcessLookupError):
        os.killpg(number, signal.SIGKILL)
    deadline = time.monotonic() + OTHERS_SECONDS
    while folder and Path(folder).exists() and time.monotonic() < deadline:
        shutil.rmtree(folder, ignore_errors=True)
        time.sleep(0.05)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
