"""A stop is asked for politely, enforced in time, and is the end."""

from __future__ import annotations

import os
import shutil
import signal
import time
from dataclasses import replace

from held_processes import Held, eventually, exists, python, shell

from trimtab.reconciler.local import processes
from trimtab.reconciler.local.launch import Backoff, Restart, State

DEAF = "trap '' TERM; echo deaf; while :; do sleep 0.01; done"


def test_a_process_is_asked_first_and_its_answer_is_recorded(process: Held) -> None:
    process.start(shell("trap 'echo saved; exit 75' TERM; echo ready; while :; do sleep 0.01; done"))
    process.until_log("ready")
    processes.stop(process.directory)
    status = process.until_ended()
    assert (status.exit_code, status.signal, status.stopping) == (75, None, True)
    assert process.log.endswith("saved\n")


def test_one_that_does_not_listen_is_killed_after_its_grace(process: Held) -> None:
    process.start(replace(shell(DEAF), grace=0.3))
    process.until_log("deaf")
    asked = time.time()
    processes.stop(process.directory)
    status = process.until_ended()
    assert status.signal == signal.SIGKILL
    assert status.ended - asked >= 0.3


def test_a_second_stop_may_shorten_the_grace(process: Held) -> None:
    process.start(shell(DEAF))
    process.until_log("deaf")
    processes.stop(process.directory, grace=1000)
    process.until(lambda status: status.stopping)
    processes.stop(process.directory, grace=0)
    assert process.until_ended().signal == signal.SIGKILL


def test_a_stop_is_no_failure_to_be_restarted_from(process: Held) -> None:
    process.start(replace(shell("exec sleep 100"), restart=Restart.ALWAYS))
    processes.stop(process.directory)
    assert process.until_ended().restarts == 0


def test_a_stop_while_waiting_for_a_restart_is_the_end(process: Held) -> None:
    launch = replace(shell("exit 3"), restart=Restart.ALWAYS, backoff=Backoff(first=1000, limit=1000))
    process.start(launch).until(lambda status: status.state is State.WAITING)
    processes.stop(process.directory)
    assert process.until_ended().exit_code == 3


def test_the_whole_group_hears_it_and_stragglers_are_killed(process: Held) -> None:
    straggler = "sh -c \"trap '' TERM; echo straggler \\$\\$; while :; do sleep 0.01; done\""
    process.start(shell(f"{straggler} & sleep 100 & wait"))
    process.until_log("straggler")
    pid = int(process.log.split()[1])
    processes.stop(process.directory)
    assert process.until_ended().signal == signal.SIGTERM
    assert not exists(pid)


def test_a_paused_process_can_be_stopped(process: Held) -> None:
    pid = process.start(shell("exec sleep 100")).status.pid
    os.kill(pid, signal.SIGSTOP)
    processes.stop(process.directory)
    assert process.until_ended().signal == signal.SIGTERM


def test_stopping_what_is_not_there_does_nothing(process: Held) -> None:
    processes.stop(process.directory)
    ended = process.start(shell("true")).until_ended()
    processes.stop(process.directory)
    assert process.status == ended


def test_a_shim_whose_directory_was_deleted_ends_its_process(process: Held) -> None:
    pid = process.start(shell("while :; do echo still here; sleep 0.02; done")).status.pid
    shutil.rmtree(process.directory)
    eventually(lambda: not exists(pid), "the end of the process")


def test_a_process_that_closed_its_output_is_still_waited_for(process: Held) -> None:
    process.start(python("import os, time; os.close(1); os.close(2); time.sleep(0.2); os._exit(7)"))
    assert process.until_ended().exit_code == 7


def test_the_shim_leaves_when_its_work_is_done(process: Held) -> None:
    process.start(shell("true")).until_ended()
    eventually(lambda: not processes.is_alive(process.directory), "the shim's end")
    assert process.status.state is State.ENDED
