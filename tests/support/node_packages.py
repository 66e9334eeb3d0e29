"""The programs from npm that tests talk to: those of `tests/editor/package-lock.json`, hash by hash.

They are installed once, below `.venv`, with the Node of the locked development environment.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LOCKED = ROOT / "tests" / "editor"
FILES = ("package.json", "package-lock.json", ".npmrc")
PROGRAMS = Path(sys.executable).parent


class RegistryUnreachable(Exception):
    """npm gets nothing here."""


def installed() -> Path:
    """The folder that `node_modules` is in. Its name holds the lock's digest, so a new lock is a new folder."""
    digest = hashlib.sha256(b"".join((LOCKED / name).read_bytes() for name in FILES)).hexdigest()
    folder = Path(sys.prefix) / f"editor-{digest[:12]}"
    if not folder.exists():
        _install(folder)
    return folder


def _install(folder: Path) -> None:
    """Beside its place first: an install that broke off is never taken for one."""
    draft = folder.with_name(f"{folder.name}.{os.getpid()}")
    draft.mkdir()
    try:
        for name in FILES:
            shutil.copyfile(LOCKED / name, draft / name)
        done = _npm(draft, "ci", "--ignore-scripts", "--no-audit", "--no-fund")
        if (
            done.returncode
            and _npm(draft, "view", "yaml-language-server", "version", "--fetch-retries=0").returncode
        ):
            raise RegistryUnreachable
        assert done.returncode == 0, done.stdout + done.stderr
        draft.rename(folder)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _npm(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PATH": f"{PROGRAMS}{os.pathsep}{os.environ['PATH']}"}
    return subprocess.run(
        [PROGRAMS / "npm", *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def command(package: str, program: str) -> list[str]:
    """How to start a program of a package. npm's own links would ask for the Node of the PATH."""
    return [str(PROGRAMS / "node"), str(installed() / "node_modules" / package / "bin" / program)]
