"""Python environments made from a lock: built once, shared by every workload of this user with the same lock.

Nothing is installed into the Python that runs Trimtab, and nothing that is not in the lock. Programs of an environment
name its folder, so it is built where it will stay; a marker written last says that it is whole.
"""

from __future__ import annotations

import asyncio
import fcntl
import importlib.util
import os
import shutil
import signal
import sys
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from trimtab.compiler.canonical import digest_bytes
from trimtab.reconciler.local.environment_failure import EnvironmentFailed, failure, without_passwords
from trimtab.reconciler.local.lock_file import pins, satisfied_by_this_python

__all__ = ["EnvironmentFailed", "prepare", "runtime_path", "satisfied_by_this_python"]

COMPLETE = "complete"
"""The marker: an environment without it was cut short, and is built anew."""

LOOK_AGAIN = 0.2
"""Seconds between looks at whether another builder has finished."""

REMEMBERED = 60
"""Lines of an installer's output in which the reason of its failure is looked for."""

LONGEST_LINE = 1024 * 1024

Progress = Callable[[str], None]


async def prepare(lock_text: str, digest: str, cache_directory: Path, on_progress: Progress) -> Path:
    """The path of a Python with exactly what the lock says. Instant when it was made before.

    One builder works at a time (of all processes); a half-built environment is never used. `on_progress` gets one
    line at a time. Cancelling ends the build. Raises `EnvironmentFailed`.
    """
    if digest_bytes(lock_text.encode()) != digest:
        raise EnvironmentFailed(
            f"the lock is not the one of the image ({digest[:19]}...): compile the spec again"
        )
    folder = cache_directory / f"{sys.implementation.cache_tag}-{digest.removeprefix('sha256:')[:24]}"
    if _is_whole(folder):
        return _python(folder)
    for _ in pins(lock_text):
        pass  # a bad line is refused before anything is made
    try:
        cache_directory.mkdir(parents=True, exist_ok=True)
        async with _alone(folder.with_suffix(".lock"), on_progress) as lock:
            if not _is_whole(folder):
                await _build(lock_text, folder, lock, on_progress)
    except OSError as error:
        raise EnvironmentFailed(f"the environment can't be written to {folder}: {error.strerror}") from error
    return _python(folder)


def runtime_path(directory: Path) -> Path:
    """A folder for PYTHONPATH that exposes `trimtab.runtime` and nothing else of ours; made below `directory`."""
    spec = importlib.util.find_spec("trimtab.runtime")
    if spec is None or spec.origin is None:
        raise EnvironmentFailed("trimtab.runtime is not installed: install trimtab again")
    package = Path(spec.origin).parent
    folder = directory / "runtime" / digest_bytes(os.fsencode(package)).removeprefix("sha256:")[:12]
    link = folder / "trimtab" / "runtime"
    link.parent.mkdir(parents=True, exist_ok=True)
    with suppress(FileExistsError):
        link.symlink_to(package)
    return folder


def _python(folder: Path) -> Path:
    return folder / "bin" / "python"


def _is_whole(folder: Path) -> bool:
    """Its Python is a link to another, which may have been removed since."""
    return (folder / COMPLETE).exists() and _python(folder).exists()


async def _build(lock_text: str, folder: Path, lock: int, on_progress: Progress) -> None:
    await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
    folder.mkdir()
    pinned = folder / "requirements.txt"
    pinned.write_text(lock_text, encoding="utf-8")
    try:
        for command in _commands(folder, pinned):
            await _run(command, lock, on_progress)
    except EnvironmentFailed:
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
        raise
    (folder / COMPLETE).touch()


def _commands(folder: Path, pinned: Path) -> Sequence[Sequence[str]]:
    """uv where there is one: it takes a tenth of the time."""
    python, strict = str(_python(folder)), ("--require-hashes", "--no-deps", "-r", str(pinned))
    uv = shutil.which("uv") or shutil.which("uv", path=str(Path(sys.executable).parent))
    if uv is not None:
        return (
            (uv, "venv", "--allow-existing", "--python", sys.executable, str(folder)),
            (uv, "pip", "install", "--python", python, *strict),
        )
    return (
        (sys.executable, "-m", "venv", str(folder)),
        (python, "-m", "pip", "install", "--progress-bar", "off", *strict),
    )


def _environment() -> dict[str, str]:
    """The user's own, where indexes and proxies are configured. Certificates are the system's, as a company adds its own."""
    defaults = {"UV_SYSTEM_CERTS": "true", "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_INPUT": "1"}
    return {**defaults, **os.environ}


async def _run(command: Sequence[str], lock: int, on_progress: Progress) -> None:
    """The installer inherits the lock: should we be killed, the next builder waits until it has ended too."""
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env=_environment(),
        cwd="/",
        start_new_session=True,
        pass_fds=(lock,),
        limit=LONGEST_LINE,
    )
    assert process.stdout is not None  # noqa: S101  # a pipe was asked for
    said: deque[str] = deque(maxlen=REMEMBERED)
    try:
        async for line in process.stdout:
            said.append(without_passwords(line.decode(errors="replace").rstrip()))
            if said[-1]:
                on_progress(said[-1].strip())
        code = await process.wait()
    except BaseException:
        os.killpg(process.pid, signal.SIGKILL)
        await process.wait()
        raise
    if code != 0:
        raise failure(said)


@asynccontextmanager
async def _alone(path: Path, on_progress: Progress) -> AsyncIterator[int]:
    """The only builder of this environment, among all processes; freed by the kernel if this one dies."""
    lock = os.open(path, os.O_CREAT | os.O_RDWR, 0o600)
    try:
        told = False
        while not _try_lock(lock):
            if not told:
                on_progress("waiting for another build of the same environment")
                told = True
            await asyncio.sleep(LOOK_AGAIN)
        yield lock
    finally:
        os.close(lock)


def _try_lock(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
