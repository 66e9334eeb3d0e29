"""Runs one server and takes it along when whoever started it goes, however that happens.

    python supervise.py SERVER ARGUMENTS...

Standard input is a pipe that is held open and never written to. When its other end is gone, by close or by death, the
server and all that it started are killed. First the number of the server's process is printed.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import threading

PR_SET_PDEATHSIG = 1


def main() -> int:
    server = subprocess.Popen(
        sys.argv[1:],
        stdin=subprocess.DEVNULL,
        stdout=sys.stderr,
        process_group=0,
        preexec_fn=_die_with_parent if sys.platform == "linux" else None,
    )
    print(server.pid, flush=True)
    threading.Thread(target=_kill_when_left_alone, args=[server.pid], daemon=True).start()
    return server.wait()


def _die_with_parent() -> None:
    """Even where this process itself is killed at once."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def _kill_when_left_alone(number: int) -> None:
    os.read(sys.stdin.fileno(), 1)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(number, signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(main())
