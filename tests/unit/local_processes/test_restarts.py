"""Restarts follow the policy, wait longer each time, and never exceed their limit."""

from __future__ import annotations

import os
import signal
from dataclasses import replace

import pytest
from held_processes import Held, shell

from trimtab.reconciler.local import processes
from trimtab.reconciler.local.launch import Backoff, Restart, State

COUNT = "echo start; exit {}"


@pytest.mark.parametrize(
    ("policy", "code", "starts"),
    [
        (Restart.NEVER, 0, 1),
        (Restart.NEVER, 1, 1),
        (Restart.ON_FAILURE, 0, 1),
        (Restart.ON_FAILURE, 1, 4),
        (Restart.ALWAYS, 0, 4),
        (Restart.ALWAYS, 1, 4),
    ],
)
def test_a_policy_decides_and_a_limit_ends_it(process: Held, policy: Restart, code: int, starts: int) -> None:
    launch = replace(shell(COUNT.format(code)), restart=policy, restart_limit=3)
    status = process.start(launch).until_ended()
    assert process.log.count("start") == starts
    assert (status.restarts, status.exit_code) == (starts - 1, code)


def test_a_process_that_recovers_ends_well(process: Held) -> None:
    script = 'echo start >> starts; [ "$(wc -l < starts)" -ge 3 ]'
    launch = replace(shell(script), restart=Restart.ON_FAILURE, cwd=process.directory)
    process.directory.mkdir(parents=True)
    status = process.start(launch).until_ended()
    assert (status.exit_code, status.restarts) == (0, 2)


def test_a_killed_process_is_back_though_nobody_listens(process: Held) -> None:
    first = process.start(replace(shell("exec sleep 100"), restart=Restart.ALWAYS)).status
    os.kill(first.pid, signal.SIGKILL)
    again = process.until(lambda status: status.restarts == 1 and status.state is State.RUNNING)
    assert again.pid != first.pid
    assert (again.exit_code, again.signal) == (137, 9)


def test_each_wait_is_twice_the_one_before_up_to_the_limit(process: Held) -> None:
    backoff = Backoff(first=0.1, limit=0.4, reset=60)
    process.start(replace(shell("exit 1"), restart=Restart.ALWAYS, backoff=backoff))
    waits = []
    for restarts in range(4):
        status = process.until(lambda s, n=restarts: s.restarts == n and s.state is State.WAITING)  # type: ignore[misc]
        waits.append(round(status.until - status.ended, 2))
    assert waits == [0.1, 0.2, 0.4, 0.4]


def test_a_process_that_ran_long_enough_starts_anew_from_the_first_wait(process: Held) -> None:
    backoff = Backoff(first=0.05, limit=60, reset=0.0)
    process.start(replace(shell("exit 1"), restart=Restart.ALWAYS, backoff=backoff))
    status = process.until(lambda s: s.restarts == 3 and s.state is State.WAITING)
    assert status.until - status.ended == pytest.approx(0.05, abs=0.01)


def test_a_failed_probe_ends_the_process_and_its_policy_goes_on(process: Held) -> None:
    first = process.start(replace(shell("exec sleep 100"), restart=Restart.ALWAYS)).status
    processes.restart(process.directory)
    again = process.until(lambda s: s.state is State.RUNNING and s.restarts == 1)
    assert (again.pid != first.pid, again.signal, again.stopping) == (True, signal.SIGTERM, False)


def test_with_the_policy_never_a_failed_probe_is_the_end(process: Held) -> None:
    process.start(shell("exec sleep 100"))
    processes.restart(process.directory)
    assert process.until_ended().signal == signal.SIGTERM
