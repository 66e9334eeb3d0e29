"""Environments are built once, by one builder at a time, wholly or not at all; failures say what to do next."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from children import child
from held_processes import DEADLINE, eventually

from trimtab.compiler.canonical import digest_bytes
from trimtab.reconciler.local import environments
from trimtab.reconciler.local.environment_failure import failure
from trimtab.reconciler.local.environments import EnvironmentFailed

LOCK = """iniconfig==2.0.0 \\
    --hash=sha256:b6a85871a79d2e3b22d2d1b94ac2824226a63c6b741c88f7ae975f18b6778374
"""


async def prepare(cache: Path, said: list[str] | None = None, lock: str = LOCK) -> Path:
    lines = [] if said is None else said
    async with asyncio.timeout(180):
        return await environments.prepare(lock, digest_bytes(lock.encode()), cache, lines.append)


def run(python: Path, code: str, **env: str) -> str:
    done = subprocess.run([python, "-c", code], capture_output=True, text=True, env=env)
    return done.stdout.strip() or done.stderr.strip().rpartition("\n")[2]


async def prepare_for_real(cache: Path, said: list[str]) -> Path:
    try:
        return await prepare(cache, said)
    except EnvironmentFailed as failed:
        if "could not be downloaded" in str(failed):
            pytest.skip(f"needs a package index: {failed}")
        raise


async def built_and_used(cache: Path) -> None:
    said: list[str] = []
    python = await prepare_for_real(cache, said)
    assert run(python, "import iniconfig, importlib.metadata as m; print(m.version('iniconfig'))") == "2.0.0"
    assert "No module named 'pytest'" in run(python, "import pytest")
    assert any("iniconfig" in line for line in said)
    again: list[str] = []
    assert await prepare(cache, again) == python
    assert again == []


async def test_uv_builds_what_the_lock_says(tmp_path: Path) -> None:
    if shutil.which("uv") is None:
        pytest.skip("uv is not on PATH")
    await built_and_used(tmp_path)


async def test_pip_builds_it_where_there_is_no_uv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = shutil.which
    monkeypatch.setattr(shutil, "which", lambda name, **more: None if name == "uv" else found(name, **more))
    await built_and_used(tmp_path)


async def test_a_changed_package_is_never_installed(tmp_path: Path) -> None:
    lock = LOCK.replace("b6a85871", "00000000")
    with pytest.raises(EnvironmentFailed) as failed:
        await prepare(tmp_path, lock=lock)
    if "could not be downloaded" in str(failed.value):
        pytest.skip("needs a package index")
    assert "is not the one that the lock names" in str(failed.value)
    assert [path.suffix for path in tmp_path.iterdir()] == [".lock"]


# From here on the installer is a script that stands for uv, so that it can be slow, break off and fail as we like.

UV = """#!/bin/sh
echo "$1" >> {calls}
if [ "$1" = venv ]; then
    for folder; do :; done
    mkdir -p "$folder/bin" && ln -s {python} "$folder/bin/python"
else
    {install}
fi
echo "$1 done" >> {calls}
"""


class Installer:
    def __init__(self, folder: Path) -> None:
        self.calls = folder / "calls"
        self.program = folder / "bin" / "uv"
        self.base = folder / "base-python"
        self.base.symlink_to(sys.executable)
        self.program.parent.mkdir()
        self.installs_by(":")

    def installs_by(self, script: str) -> None:
        self.program.write_text(UV.format(calls=self.calls, python=self.base, install=script))
        self.program.chmod(0o755)

    @property
    def heard(self) -> list[str]:
        return self.calls.read_text().splitlines() if self.calls.exists() else []


ONE_BUILD = ["venv", "venv done", "pip", "pip done"]


@pytest.fixture
def installer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Installer:
    installer = Installer(tmp_path)
    monkeypatch.setenv("PATH", f"{installer.program.parent}:/usr/bin:/bin")
    return installer


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "environments"


async def test_builders_at_the_same_time_build_once(installer: Installer, cache: Path) -> None:
    installer.installs_by("sleep 0.3")
    said: list[str] = []
    pythons = await asyncio.gather(*(prepare(cache, said) for _ in range(3)))
    assert len(set(pythons)) == 1
    assert installer.heard == ONE_BUILD
    assert "waiting for another build of the same environment" in said


async def test_a_build_that_was_cut_short_is_not_used(installer: Installer, cache: Path) -> None:
    python = await prepare(cache)
    (python.parent.parent / environments.COMPLETE).unlink()
    (python.parent.parent / "leftover").touch()
    assert await prepare(cache) == python
    assert installer.heard == ONE_BUILD * 2
    assert not (python.parent.parent / "leftover").exists()


async def test_an_environment_whose_python_was_removed_is_built_anew(
    installer: Installer, cache: Path
) -> None:
    python = await prepare(cache)
    python.unlink()
    python.symlink_to("/no/such/python")
    assert (await prepare(cache)).exists()


async def test_a_cancelled_build_ends_its_installer(installer: Installer, cache: Path) -> None:
    installer.installs_by("echo $$ > pid-file; exec sleep 100".replace("pid-file", str(cache.parent / "pid")))
    build = asyncio.create_task(prepare(cache))
    async with asyncio.timeout(DEADLINE):
        while not (cache.parent / "pid").exists() or not (cache.parent / "pid").read_text():
            await asyncio.sleep(0.01)
    build.cancel()
    with pytest.raises(asyncio.CancelledError):
        await build
    pid = int((cache.parent / "pid").read_text())
    eventually(lambda: not Path(f"/proc/{pid}").exists(), "the installer's end")


BUILD = """
import asyncio, sys
from pathlib import Path
from test_environments import prepare
asyncio.run(prepare(Path(sys.argv[1])))
"""


async def test_what_a_killed_builder_left_running_is_waited_for(installer: Installer, cache: Path) -> None:
    installer.installs_by("sleep 0.5")
    here = Path(__file__).parent
    env = {**os.environ, "PYTHONPATH": f"{here}:{here.parents[1] / 'support'}"}
    with child([sys.executable, "-c", BUILD, str(cache)], env=env):
        eventually(lambda: "pip" in installer.heard, "the installer")
    await prepare(cache)
    assert installer.heard == ONE_BUILD * 2


async def test_a_failure_says_why_and_leaves_nothing_on_the_disk(installer: Installer, cache: Path) -> None:
    installer.installs_by(
        "echo 'error: Failed to install: x.whl'; echo '  cause: No space left on device (os error 28)'; exit 2"
    )
    with pytest.raises(
        EnvironmentFailed, match=r"the disk is full: make room .*\(Failed to install: x.whl: No space"
    ):
        await prepare(cache)
    assert [path.suffix for path in cache.iterdir()] == [".lock"]


async def test_passwords_of_indexes_are_not_repeated(installer: Installer, cache: Path) -> None:
    installer.installs_by("echo 'error: Failed to fetch: https://me:s3cret@index.example/simple'; exit 2")
    said: list[str] = []
    with pytest.raises(EnvironmentFailed) as failed:
        await prepare(cache, said)
    assert "s3cret" not in str(failed.value) + "".join(said)
    assert "https://…@index.example/simple" in str(failed.value)


async def test_a_cache_that_cannot_be_written_is_named(installer: Installer, cache: Path) -> None:
    cache.parent.mkdir()
    cache.touch()
    with pytest.raises(EnvironmentFailed, match=r"the environment can't be written to .*cache/environments"):
        await prepare(cache)


async def test_a_lock_that_is_not_the_images_is_refused(installer: Installer, cache: Path) -> None:
    with pytest.raises(EnvironmentFailed, match="not the one of the image"):
        await environments.prepare(LOCK, digest_bytes(b"another"), cache, print)
    assert installer.heard == []


@pytest.mark.parametrize(
    ("output", "words"),
    [
        (
            "error: Request failed\n  cause: tcp connect error\n  cause: Connection refused (os error 111)",
            "check the network",
        ),
        (
            "WARNING: Retrying ... NewConnectionError ...\nERROR: No matching distribution found for x",
            "check the network",
        ),
        (
            "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.",
            "is not the one that the lock names",
        ),
        ("error: No solution found\n  cause: Because there is no version of x==9", "write the lock anew"),
        ("ERROR: Could not install: [Errno 28] No space left on device", "make room"),
        ("building\nsomething odd\n", "the environment could not be made: something odd"),
        ("", "the environment could not be made: it said nothing"),
    ],
)
def test_an_installers_pages_become_one_sentence(output: str, words: str) -> None:
    assert words in str(failure(output.splitlines()))


def test_the_runtime_is_shown_alone(tmp_path: Path) -> None:
    path = environments.runtime_path(tmp_path)
    assert environments.runtime_path(tmp_path) == path

    def imported(module: str) -> str:
        code = f"import {module}; print('there')"
        command = [sys.executable, "-S", "-c", code]
        return subprocess.run(
            command, capture_output=True, text=True, env={"PYTHONPATH": str(path)}
        ).stdout.strip()

    assert imported("trimtab.runtime") == "there"
    assert imported("trimtab.reconciler") == imported("trimtab.spec") == ""
