"""Whoever dies, nothing is lost and nothing runs twice: the host, a shim, or both with the process still there."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest
from children import child
from held_processes import Held, eventually, exists, python, shell

from trimtab.reconciler.local import processes
from trimtab.reconciler.local.launch import Restart, State
from trimtab.reconciler.local.shim import __main__ as shim

HOST = """
import os, signal, sys
from dataclasses import replace
from pathlib import Path
from held_processes import shell
from trimtab.reconciler.local import processes
from trimtab.reconciler.local.launch import Restart
launch = replace(shell(sys.argv[2]), restart=Restart(sys.argv[3]))
processes.start(Path(sys.argv[1]), launch)
os.kill(os.getpid(), signal.SIGKILL)
"""


def start_from_a_host_that_is_killed(process: Held, script: str, policy: Restart) -> None:
    command = [sys.executable, "-c", HOST, str(process.directory), script, policy]
    done = subprocess.run(command, env={**os.environ, "PYTHONPATH": "tests/support"})
    assert done.returncode == -signal.SIGKILL


def test_a_process_outlives_its_host_and_is_restarted_without_one(process: Held) -> None:
    start_from_a_host_that_is_killed(process, "exec sleep 100", Restart.ALWAYS)
    status = process.status
    assert status.state is State.RUNNING
    os.kill(status.pid, signal.SIGKILL)
    assert process.until(lambda s: s.restarts == 1 and s.state is State.RUNNING).pid != status.pid


def test_an_exit_code_is_kept_for_a_host_to_come(process: Held) -> None:
    start_from_a_host_that_is_killed(process, "exit 42", Restart.NEVER)
    assert process.until_ended().exit_code == 42


def test_a_terminals_signals_do_not_reach_it(process: Held) -> None:
    process.start(shell("exec sleep 100"))
    shim = processes.shim_number(process.directory)
    for number in (signal.SIGINT, signal.SIGHUP):
        os.kill(shim, number)
    processes.stop(process.directory)
    assert process.until_ended().signal == signal.SIGTERM


def test_a_killed_shim_is_noticed_and_what_it_held_is_killed(process: Held) -> None:
    pid = process.start(shell("exec sleep 100")).status.pid
    process.kill_shim()
    status = process.status
    assert (status.state, status.exit_code, status.succeeded) == (State.LOST, None, False)
    assert "shim was killed" in status.error
    assert exists(pid)
    assert processes.kill_orphans(process.directory) == 1
    assert not exists(pid)


def test_a_stop_without_a_shim_kills_what_is_left(process: Held) -> None:
    pid = process.start(shell("exec sleep 100")).status.pid
    process.kill_shim()
    processes.stop(process.directory)
    assert not exists(pid)


def test_a_lost_process_is_started_again_and_never_doubled(process: Held) -> None:
    launch = replace(shell("echo start; exec sleep 100"), restart=Restart.ALWAYS)
    first = process.start(launch).status.pid
    process.until_log("start")
    process.kill_shim()
    again = process.start(launch).status
    assert (again.state, again.restarts) == (State.RUNNING, 1)
    assert again.pid != first
    assert not exists(first)
    process.until_log("start\nstart\n")


def test_descendants_of_a_lost_process_are_found_though_it_is_gone_itself(process: Held) -> None:
    child = "import os, time; print('child', os.getpid(), flush=True); time.sleep(100)"
    process.start(
        python(
            f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}], start_new_session=True)"
        )
    )
    process.until_log("child")
    pid = int(process.log.split()[1])
    leader = process.status.pid
    process.kill_shim()
    os.kill(leader, signal.SIGKILL)
    eventually(lambda: not exists(leader), "the leader's end")
    assert exists(pid)
    assert processes.kill_orphans(process.directory) == 1
    eventually(lambda: not exists(pid), "the end of its child")


def test_another_process_with_a_number_seen_before_is_left_alone(process: Held) -> None:
    process.start(shell("exec sleep 100"))
    process.kill_shim()
    processes.kill_orphans(process.directory)
    with child(["sleep", "100"], start_new_session=True) as stranger:
        status = json.loads((process.directory / "status.json").read_text())
        (process.directory / "status.json").write_text(
            json.dumps({**status, "pid": stranger.pid, "birth": "1"})
        )
        assert processes.kill_orphans(process.directory) == 0
        assert stranger.poll() is None


def test_a_process_of_an_earlier_boot_is_lost(process: Held) -> None:
    process.start(shell("exec sleep 100"))
    process.kill_shim()
    processes.kill_orphans(process.directory)
    status = json.loads((process.directory / "status.json").read_text())
    (process.directory / "status.json").write_text(
        json.dumps({**status, "boot": "another", "pid": os.getpid()})
    )
    assert process.status.state is State.LOST
    assert processes.kill_orphans(process.directory) == 0


@pytest.mark.parametrize("torn", ["", "{", "[]", '{"state": "run'])
def test_a_torn_status_is_a_lost_process(process: Held, torn: str) -> None:
    process.start(shell("exec sleep 100"))
    process.kill_shim()
    processes.kill_orphans(process.directory)
    (process.directory / "status.json").write_text(torn)
    assert process.status.state is State.LOST
    assert process.start(shell("exec sleep 100")).status.state is State.RUNNING


def test_an_end_between_two_looks_is_no_loss(process: Held, monkeypatch: pytest.MonkeyPatch) -> None:
    process.start(shell("exec sleep 100"))
    really_alive = processes.is_alive

    def end_meanwhile(directory: Path) -> bool:
        monkeypatch.setattr(processes, "is_alive", really_alive)
        process.end()
        return really_alive(directory)

    monkeypatch.setattr(processes, "is_alive", end_meanwhile)
    assert process.status.state is State.ENDED


def test_two_hosts_that_start_at_once_get_one_process(process: Held) -> None:
    process.directory.mkdir(parents=True)
    script = replace(shell("echo $$ >> starts; exec sleep 100"), cwd=process.directory)
    process.start(script)
    command = [sys.executable, "-I", "-S", str(shim.__file__), str(process.directory)]
    with ExitStack() as stack:
        again = [stack.enter_context(child(command)) for _ in range(4)]
        assert [one.wait(20) for one in again] == [shim.HELD] * 4
    eventually(lambda: (process.directory / "starts").exists(), "the start")
    assert (process.directory / "starts").read_text().count("\n") == 1


def test_looking_at_a_process_is_cheap(process: Held) -> None:
    """About 0.1 ms; measured coarsely, to fail only when a look starts to wait for something."""
    process.start(shell("exec sleep 100"))
    before = time.perf_counter()
    for _ in range(100):
        processes.read(process.directory)
    assert time.perf_counter() - before < 1.0
