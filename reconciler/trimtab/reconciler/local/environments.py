"""Python environments made from a lock: built once, shared by every workload with the same lock.

The lock is pip's requirements format with hashes, and nothing but pins: no index, no path, no URL, since a spec may
not decide where this machine downloads from. Nothing is installed into the Python that runs Trimtab.
"""

from __future__ import annotations

import asyncio
import fcntl
import importlib.util
import os
import re
import shutil
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from importlib import metadata
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from trimtab.compiler.canonical import digest_bytes

COMPLETE = "complete"
"""Written last into an environment: one without it was cut short, and is built anew."""

LOCK_RETRY_SECONDS = 0.2
_HASH = re.compile(r"\s--hash=\S+")


class EnvironmentFailed(Exception):
    """The environment could not be made. The text is one sentence for people, with the next step."""


def satisfied_by_this_python(lock_text: str) -> bool:
    """Has the running Python every pin that applies to it? Raises `EnvironmentFailed` on a bad lock."""
    return all(_installed(pin) for pin in _pins(lock_text) if pin.marker is None or pin.marker.evaluate())


async def prepare(
    lock_text: str, digest: str, cache_directory: Path, on_progress: Callable[[str], None]
) -> Path:
    """The path of a Python with exactly what the lock says. Instant when it was made before.

    One builder works at a time (of all processes); a half-built environment is never used. `on_progress` gets one
    line at a time. Cancelling ends the build. Raises `EnvironmentFailed`.
    """
    tag = f"{sys.implementation.cache_tag}-{digest.removeprefix('sha256:')[:24]}"
    folder = cache_directory / tag
    python = folder / "bin" / "python"
    if (folder / COMPLETE).exists():
        return python
    list(_pins(lock_text))
    try:
        cache_directory.mkdir(parents=True, exist_ok=True)
        async with _alone(cache_directory / f"{tag}.lock"):
            if not (folder / COMPLETE).exists():
                await _build(lock_text, folder, on_progress)
    except OSError as error:
        raise EnvironmentFailed(f"the environment can't be written to {folder}: {error.strerror}") from error
    return python


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


def _pins(lock_text: str) -> Iterator[Requirement]:
    for line in lock_text.replace("\\\n", " ").splitlines():
        text = _HASH.sub("", line.split(" #")[0]).strip()
        if not text or text.startswith("#"):
            continue
        try:
            pin = Requirement(text)
        except InvalidRequirement:
            raise EnvironmentFailed(f"the lock has a line that is no pin: `{text[:80]}`") from None
        if pin.url is not None or [s.operator for s in pin.specifier] != ["=="]:
            raise EnvironmentFailed(f"the lock must pin {pin.name} as `{pin.name}==<version>` with hashes")
        yield pin


def _installed(pin: Requirement) -> bool:
    try:
        return pin.specifier.contains(metadata.version(canonicalize_name(pin.name)), prereleases=True)
    except metadata.PackageNotFoundError:
        return False


async def _build(lock_text: str, folder: Path, on_progress: Callable[[str], None]) -> None:
    await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
    folder.mkdir(parents=True)
    lock, python = folder / "requirements.txt", str(folder / "bin" / "python")
    lock.write_text(lock_text)
    uv = shutil.which("uv") or shutil.which("uv", path=str(Path(sys.executable).parent))
    strict = ("--require-hashes", "--no-deps", "-r", str(lock))
    if uv:
        await _run((uv, "venv", "--allow-existing", "--python", sys.executable, str(folder)), on_progress)
        await _run((uv, "pip", "install", "--python", python, *strict), on_progress)
    else:
        await _run((sys.executable, "-m", "venv", str(folder)), on_progress)
        await _run((python, "-m", "pip", "install", "--progress-bar", "off", *strict), on_progress)
    (folder / COMPLETE).touch()


async def _run(argv: tuple[str, ...], on_progress: Callable[[str], None]) -> None:
    process = await asyncio.create_subprocess_exec(
        *argv,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        start_new_session=True,
    )
    last = ""
    try:
        assert process.stdout is not None  # noqa: S101  a pipe was asked for
        async for line in process.stdout:
            last = line.decode(errors="replace").strip() or last
            on_progress(last)
        code = await process.wait()
    except asyncio.CancelledError:
        process.kill()
        await process.wait()
        raise
    if code != 0:
        raise EnvironmentFailed(f"the environment could not be made: {last[:300] or f'exit code {code}'}")


@asynccontextmanager
async def _alone(lock: Path) -> AsyncIterator[None]:
    """The only builder of this environment, among all processes; freed by the kernel if this one dies."""
    handle = os.open(lock, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                await asyncio.sleep(LOCK_RETRY_SECONDS)
        yield
    finally:
        os.close(handle)
