"""One server as a process in a session of its own: started, killed at once, its log read. It never outlives us."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

SUPERVISOR = (sys.executable, "-I", "-S", str(Path(__file__).with_name("supervise.py")))
LOG_LINES = 12


class HeldServer:
    """`prefix` is what the program is started with, such as `ip netns exec NAME`.

    `leaving` is a folder that goes when we die without having killed the server.
    """

    def __init__(
        self,
        program: Path,
        arguments: Sequence[str],
        log: Path,
        prefix: Sequence[str] = (),
        leaving: Path | None = None,
    ) -> None:
        self.name = program.name
        self.log = log
        with log.open("ab") as sink:
            self._supervisor = subprocess.Popen(
                [*SUPERVISOR, str(leaving or ""), *prefix, str(program), *arguments],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=sink,
                env={"PATH": os.environ.get("PATH", os.defpath), "HOME": str(log.parent)},
                start_new_session=True,
            )
        assert self._supervisor.stdout is not None
        self.process_number = int(self._supervisor.stdout.readline())

    @property
    def is_alive(self) -> bool:
        return self._supervisor.poll() is None

    @property
    def last_words(self) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-LOG_LINES:])

    def kill(self) -> None:
        """At once, as by a crash, with all that it started; returns when it is gone. Harmless when it has ended."""
        if self.is_alive:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process_number, signal.SIGKILL)
        self._supervisor.wait()
        self._supervisor.communicate()  # closes the pipe, and only now: an end of ours is told by it
