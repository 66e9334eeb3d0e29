"""Images on this machine: names that mean a Python. No container is ever pulled or run.

trimtab.local/runtime             the Python that runs Trimtab
trimtab.local/python              the same
trimtab.local/python@sha256:…     a Python with exactly what the Pod's lock says
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from trimtab.reconciler.local import environments
from trimtab.reconciler.local.controllers.hindrance import Hindered
from trimtab.reconciler.local.shim.program import NOT_FOUND

LOCK_ANNOTATION = "trimtab.dev/lock"
LOCK_FILE = "requirements.txt"
BUILDING = "PreparingEnvironment"
BUILD_FAILED = "EnvironmentFailed"

_IMAGE = re.compile(
    r"(?P<name>trimtab\.local/(?:runtime|python))(?::[\w.-]+)?(?:@(?P<digest>sha256:[0-9a-f]{64}))?"
)
_PASSED_ON = (
    "LANG",
    "LANGUAGE",
    "TZ",
    "USER",
    "LOGNAME",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "CUDA_VISIBLE_DEVICES",
)
_PASSED_ON_PREFIXES = ("LC_",)


class Interpreter(NamedTuple):
    """A Python, and what else `PYTHONPATH` must show it so that `trimtab.runtime` can be imported."""

    python: Path
    python_path: Path | None = None


def is_known(image: str) -> bool:
    return _IMAGE.fullmatch(image) is not None


def needs_lock(image: str) -> bool:
    match = _IMAGE.fullmatch(image)
    return match is not None and match["name"].endswith("/python") and match["digest"] is not None


async def interpreter(
    image: str, lock: str | None, cache: Path, on_progress: Callable[[str], None]
) -> Interpreter:
    match = _IMAGE.fullmatch(image)
    if match is None:
        raise Hindered(
            f"image {image} can't run on this machine: the local engine runs trimtab.local/python and "
            "trimtab.local/runtime, so give the workload `code`"
        )
    this = Interpreter(Path(sys.executable))
    if not needs_lock(image):
        return this
    if lock is None:
        raise Hindered(
            f"image {image} is made from a lock, and the Pod's annotation {LOCK_ANNOTATION} names none"
        )
    try:
        if await asyncio.to_thread(environments.satisfied_by_this_python, lock):
            return this
        python = await environments.prepare(lock, match["digest"], cache, on_progress)
    except environments.EnvironmentFailed as error:
        raise Hindered(str(error), BUILD_FAILED) from error
    return Interpreter(python, environments.runtime_path(cache))


def environment(found: Interpreter, given: Mapping[str, str]) -> dict[str, str]:
    """All that a process gets: what its Pod gives it, over where programs are and how this machine's user reads text.
    Nothing else is inherited."""
    path = os.pathsep.join([str(found.python.parent), os.environ.get("PATH", os.defpath)])
    passed = {name: value for name, value in os.environ.items() if _is_passed_on(name)}
    shown = [part for part in (given.get("PYTHONPATH"), found.python_path and str(found.python_path)) if part]
    more = {"PYTHONPATH": os.pathsep.join(shown)} if shown else {}
    return {**passed, "PATH": path, "PYTHONUNBUFFERED": "1", **given, **more}


def _is_passed_on(name: str) -> bool:
    return name in _PASSED_ON or name.startswith(_PASSED_ON_PREFIXES)


def program(argv: tuple[str, ...], found: Interpreter, env: Mapping[str, str], image: str) -> tuple[str, ...]:
    """The command with its program made certain; `Hindered` where there is no such program."""
    if not argv:
        raise Hindered(
            f"a container of image {image} has no `command`, and images have no entry point on this machine"
        )
    name, *rest = argv
    if name in ("python", "python3"):
        return (str(found.python), *rest)
    if "/" not in name and shutil.which(name, path=env["PATH"]) is None:
        raise Hindered(
            f"command `{name}` was not found: neither in the environment of {image} nor on this machine",
            exit_code=NOT_FOUND,
        )
    return argv


def cache_directory() -> Path:
    """Environments are large and say all of themselves in their digest: every project of a user shares them."""
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "trimtab" / "environments"
