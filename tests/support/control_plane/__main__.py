"""python -m control_plane build | up | down: a control plane to play with, from tests/support.

`build` builds the programs and ends. `up` starts one, prints `export KUBECONFIG=...` and the folder, and holds it until
it is interrupted or another terminal says `down`. One at a time: a folder in the user's cache directory is its place.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import sys
import threading
from pathlib import Path

from filelock import FileLock, Timeout

from control_plane.plane import start
from control_plane.reports import CannotBuild, say
from control_plane.servers import find_programs
from control_plane.toolchain import CACHE

DOWN_SECONDS = 30


def main() -> int:
    parser = argparse.ArgumentParser(prog="tools/control-plane", description=__doc__.splitlines()[0])
    parser.add_argument("verb", choices=["build", "up", "down"])
    parser.add_argument("--folder", type=Path, default=CACHE / "up", help="where it lives (%(default)s)")
    asked = parser.parse_args()
    try:
        match asked.verb:
            case "build":
                find_programs()
            case "up":
                return up(asked.folder)
            case "down":
                return down(asked.folder)
    except CannotBuild as reason:
        say(f"error: {reason}")
        return 2
    return 0


def up(folder: Path) -> int:
    folder.mkdir(parents=True, exist_ok=True)
    over = threading.Event()
    for ending in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ending, lambda *_: over.set())
    lock = FileLock(folder / "up.lock")
    try:
        with lock.acquire(blocking=False):
            (folder / "up.pid").write_text(str(os.getpid()))
            shutil.rmtree(folder / "control-plane", ignore_errors=True)  # of one that was killed
            with start(folder=folder / "control-plane") as plane:
                print(f"export KUBECONFIG={plane.kubeconfig}", flush=True)
                say(f"It runs in {plane.folder}; Ctrl+C or `tools/control-plane down` ends it.")
                over.wait()
    except Timeout:
        say(f"error: one is up already in {folder}")
        say("  next: use it, or end it: tools/control-plane down")
        return 2
    return 0


def down(folder: Path) -> int:
    lock = FileLock(folder / "up.lock")
    try:
        lock.acquire(blocking=False)
    except Timeout:
        os.kill(int((folder / "up.pid").read_text()), signal.SIGTERM)
        lock.acquire(timeout=DOWN_SECONDS)
    lock.release()
    return 0


if __name__ == "__main__":
    sys.exit(main())
