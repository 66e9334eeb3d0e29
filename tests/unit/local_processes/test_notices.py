"""A listening host hears of each change at once; one that does not listen is in nobody's way."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path

import pytest
from held_processes import DEADLINE, Held, eventually, shell

from trimtab.reconciler.local import processes
from trimtab.reconciler.local.launch import Launch, ProcessStatus, Restart, State
from trimtab.reconciler.local.notices import Notices


@pytest.fixture
async def notices(tmp_path: Path) -> AsyncIterator[Notices]:
    async with Notices(tmp_path / "notices") as notices:
        yield notices


def telling(tmp_path: Path, launch: Launch) -> Launch:
    return replace(launch, notices=tmp_path / "notices")


async def heard(
    notices: Notices, process: Held, condition: Callable[[ProcessStatus], object]
) -> ProcessStatus:
    """The status at the notice that meets the condition: nobody looks in between."""
    async with asyncio.timeout(DEADLINE):
        async for directory in notices:
            if directory == process.directory and condition(status := process.status):
                return status
    raise AssertionError


async def test_an_end_is_heard(notices: Notices, process: Held, tmp_path: Path) -> None:
    process.start(telling(tmp_path, shell("sleep 0.1; exit 5")))
    assert (await heard(notices, process, lambda s: s.state is State.ENDED)).exit_code == 5


async def test_a_restart_is_heard(notices: Notices, process: Held, tmp_path: Path) -> None:
    process.start(telling(tmp_path, replace(shell("exec sleep 100"), restart=Restart.ALWAYS)))
    os.kill(process.status.pid, signal.SIGKILL)
    await heard(notices, process, lambda s: s.state is State.RUNNING and s.restarts == 1)


async def test_a_killed_shim_is_heard_of_where_it_is_attended(notices: Notices, process: Held) -> None:
    process.start(shell("exec sleep 100"))
    notices.attend(process.directory)
    os.kill(processes.shim_number(process.directory), signal.SIGKILL)
    await heard(notices, process, lambda s: s.state is State.LOST)


async def test_the_next_shim_of_a_directory_is_attended_though_the_last_ones_end_was_not_heard_yet(
    notices: Notices, process: Held
) -> None:
    process.start(shell("exec sleep 100"))
    notices.attend(process.directory)
    process.kill_shim()
    process.start(shell("exec sleep 100"))
    notices.attend(process.directory)
    await heard(notices, process, lambda s: s.state is State.RUNNING)
    os.kill(processes.shim_number(process.directory), signal.SIGKILL)
    await heard(notices, process, lambda s: s.state is State.LOST)


async def test_a_shim_that_is_gone_already_is_told_at_once(notices: Notices, process: Held) -> None:
    process.start(shell("exec sleep 100"))
    process.kill_shim()
    notices.attend(process.directory)
    await heard(notices, process, lambda s: s.state is State.LOST)


async def test_a_number_that_is_another_process_by_now_is_not_waited_for(
    notices: Notices, process: Held
) -> None:
    process.start(shell("exec sleep 100"))
    process.kill_shim()
    (process.directory / "lock").write_text(str(os.getpid()))
    notices.attend(process.directory)
    await heard(notices, process, lambda s: s.state is State.LOST)


async def test_without_handles_on_processes_shims_are_looked_at(
    notices: Notices, process: Held, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(os, "pidfd_open")
    process.start(shell("exec sleep 100"))
    notices.attend(process.directory)
    process.kill_shim()
    await heard(notices, process, lambda s: s.state is State.LOST)


async def test_a_next_host_hears_on_the_same_pipe(process: Held, tmp_path: Path) -> None:
    process.start(telling(tmp_path, shell("sleep 0.2; exit 5")))
    async with Notices(tmp_path / "notices") as notices:
        await heard(notices, process, lambda s: s.state is State.ENDED)


async def test_many_changes_of_one_process_are_one_notice(
    notices: Notices, process: Held, tmp_path: Path
) -> None:
    launch = replace(shell("exit 1"), restart=Restart.ALWAYS, restart_limit=5)
    process.start(telling(tmp_path, launch))
    eventually(lambda: not processes.is_alive(process.directory), "the shim's end")
    await heard(notices, process, lambda s: s.state is State.ENDED)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await anext(notices)


def fill(path: Path) -> None:
    pipe = os.open(path, os.O_WRONLY | os.O_NONBLOCK)
    with contextlib.suppress(BlockingIOError):
        while True:
            os.write(pipe, b"/x\0")
    os.close(pipe)


async def test_a_listener_that_hears_late_hears_nonetheless(process: Held, tmp_path: Path) -> None:
    async with Notices(tmp_path / "notices") as notices:
        fill(tmp_path / "notices")
        process.start(telling(tmp_path, shell("exit 5"))).until_ended()  # we hear nothing before this is over
        await heard(notices, process, lambda s: s.state is State.ENDED)
