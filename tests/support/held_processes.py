"""Real processes in shims, for tests: started in one line, waited for by condition, gone when the test ends."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from trimtab.reconciler.local import processes
from trimtab.reconciler.local.launch import Backoff, Launch, ProcessStatus, State

DEADLINE = 20.0
QUICK = Backoff(first=0.01, limit=0.02, reset=60)


def eventually(condition: Callable[[], object], what: str = "the condition") -> None:
    deadline = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < deadline, f"{what} did not come true within {DEADLINE} s"
        time.sleep(0.003)


def shell(script: str) -> Launch:
    """A launch of a shell script, restarted quickly where a policy says so."""
    return Launch(("sh", "-c", script), {"PATH": "/usr/bin:/bin"}, Path("/"), backoff=QUICK, grace=10)


def python(code: str) -> Launch:
    return replace(shell(""), argv=(sys.executable, "-I", "-S", "-c", code))


def exists(pid: int) -> bool:
    """Is there such a process, not counting one that has ended and only waits to be noticed?"""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


class Held:
    """One process directory."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def start(self, launch: Launch) -> Held:
        processes.start(self.directory, launch)
        return self

    @property
    def status(self) -> ProcessStatus:
        return processes.read(self.directory)

    @property
    def log(self) -> str:
        files = [self.directory / "log.1", self.directory / "log"]
        return "".join(file.read_text() for file in files if file.exists())

    def until(self, condition: Callable[[ProcessStatus], object]) -> ProcessStatus:
        eventually(lambda: condition(self.status), f"the awaited status (now {self.status})")
        return self.status

    def until_ended(self) -> ProcessStatus:
        return self.until(lambda status: status.state is State.ENDED)

    def until_log(self, text: str) -> None:
        eventually(lambda: text in self.log, f"{text!r} in the log")

    def kill_shim(self) -> None:
        os.kill(processes.shim_number(self.directory), signal.SIGKILL)
        eventually(lambda: not processes.is_alive(self.directory), "the shim's end")

    def end(self) -> None:
        processes.stop(self.directory, 0)
        eventually(lambda: not processes.is_alive(self.directory), "the shim's end")


@contextmanager
def holding(folder: Path) -> Iterator[Callable[[str], Held]]:
    """Makes process directories below `folder` by name, and ends whatever they hold."""
    held: dict[str, Held] = {}

    def make(name: str = "main") -> Held:
        return held.setdefault(name, Held(folder / name))

    try:
        yield make
    finally:
        for one in held.values():
            one.end()
