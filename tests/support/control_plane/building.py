"""Builds the programs of a pinned Go module once, into the user's cache directory, and says where they are.

Each folder below `modules/` is a `go.mod` whose `tool` block names the programs and whose `go.sum` pins every byte
that goes into them, with at most a small program of our own. A digest of it all is the cache's key, so a changed pin
is another folder and nothing grows stale.
Nothing is built in parallel: a lock makes every other process wait for the first.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from filelock import FileLock

from control_plane.reports import CannotBuild, say
from control_plane.toolchain import CACHE, asked_by, find_go

MODULES = Path(__file__).with_name("modules")
REPORT_SECONDS = 30
ERROR_LINES = 5


def programs(module: str, renamed: Mapping[str, str] | None = None) -> Path:
    """The folder with the programs of `modules/<module>`, built now if need be. Raises `CannotBuild`."""
    folder = CACHE / f"{module}-{digest(module)[:16]}"
    if folder.exists():
        return folder
    CACHE.mkdir(parents=True, exist_ok=True)
    lock = FileLock(CACHE / "build.lock")
    if lock_is_taken(lock):
        say(f"Another process builds programs of the tests; waiting for it before {module} ...")
    with lock:
        if not folder.exists():
            _build(module, folder, renamed or {})
    return folder


def lock_is_taken(lock: FileLock) -> bool:
    try:
        with lock.acquire(blocking=False):
            return False
    except TimeoutError:
        return True


def digest(module: str) -> str:
    """What the programs are made from, as hex digits."""
    files = sorted(path for path in (MODULES / module).rglob("*") if path.is_file())
    flags = map(str.encode, _flags(module))
    return hashlib.sha256(b"\0".join([*(file.read_bytes() for file in files), *flags])).hexdigest()


def _build(module: str, folder: Path, renamed: Mapping[str, str]) -> None:
    go = find_go(asked_by(MODULES / module))
    unfinished = folder.with_name(f"{folder.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    say(f"Building {module} from its Go modules into {folder}, once: see the pins in {MODULES / module} ...")
    start = time.monotonic()
    try:
        # A copy, since a checkout may change under a build that takes minutes.
        pins = shutil.copytree(MODULES / module, unfinished / "pins")
        _run(module, [str(go), "build", *_flags(module), "-o", f"{unfinished}{os.sep}", "tool"], pins)
        shutil.rmtree(pins)
        for built, wanted in renamed.items():
            (unfinished / built).rename(unfinished / wanted)
        unfinished.rename(folder)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    say(f"Built {module} in {time.monotonic() - start:.0f} s.")


def _flags(module: str) -> list[str]:
    """`-s -w` leaves out what only a debugger reads: half of the size."""
    return ["-trimpath", "-buildvcs=false", "-ldflags", f"-s -w {_version_flags(module)}".strip()]


def _version_flags(module: str) -> str:
    """Kubernetes takes its version from the linker; without it the server says that it is v0.0.0."""
    if module != "kubernetes":
        return ""
    version = re.search(r"k8s\.io/kubernetes v(\d+)\.(\d+)\.\d+", (MODULES / module / "go.mod").read_text())
    assert version is not None
    full, (major, minor) = version[0].split()[1], version.groups()
    values = {"gitVersion": full, "gitMajor": major, "gitMinor": minor}
    return " ".join(f"-X k8s.io/component-base/version.{name}={value}" for name, value in values.items())


def _run(module: str, argv: Sequence[str], folder: Path) -> None:
    """No C compiler is asked for, and the user's own Go settings for proxies and caches hold."""
    environment = {**os.environ, "CGO_ENABLED": "0", "GOFLAGS": "-mod=readonly", "GOWORK": "off"}
    start = time.monotonic()
    with subprocess.Popen(
        argv,
        cwd=folder,
        env={**environment, "GOTOOLCHAIN": "local"},
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as go:
        said = ""
        while go.returncode is None:
            try:
                said = go.communicate(timeout=REPORT_SECONDS)[1]
            except subprocess.TimeoutExpired:
                say(f"  ... still building {module}, {time.monotonic() - start:.0f} s")
    if go.returncode:
        raise CannotBuild(
            f"{module} can't be built here: {' | '.join(said.strip().splitlines()[-ERROR_LINES:])}"
        )
