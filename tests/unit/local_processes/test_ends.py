"""How a process ended is known: its exit code, its signal, or why it could not be started."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from held_processes import Held, exists, python, shell

from trimtab.reconciler.local import processes
from trimtab.reconciler.local.launch import Restart, State


def test_nothing_is_known_of_a_directory_where_nothing_was_started(tmp_path: Path) -> None:
    assert processes.read(tmp_path).state is State.ABSENT
    assert not processes.is_alive(tmp_path)


def test_a_started_process_runs_with_its_own_environment_directory_and_session(
    process: Held, tmp_path: Path
) -> None:
    script = "echo $GREETING in $(pwd), HOME is ${HOME:-unset}; read line || echo no input; exec sleep 100"
    launch = replace(shell(script), env={"PATH": "/usr/bin:/bin", "GREETING": "hello"}, cwd=tmp_path)
    status = process.start(launch).status
    assert status.state is State.RUNNING
    process.until_log("no input")
    assert f"hello in {tmp_path}, HOME is unset\n" in process.log
    group, session = Path(f"/proc/{status.pid}/stat").read_text().rpartition(")")[2].split()[2:4]
    assert int(group) == int(session) == status.pid


@pytest.mark.parametrize("code", [0, 1, 75, 255])
def test_an_exit_code_is_recorded(process: Held, code: int) -> None:
    status = process.start(shell(f"exit {code}")).until_ended()
    assert (status.exit_code, status.signal) == (code, None)
    assert status.succeeded is (code == 0)
    assert 0 < status.started <= status.ended


def test_a_signal_is_recorded_as_shells_count_it(process: Held) -> None:
    status = process.start(shell("kill -KILL $$")).until_ended()
    assert (status.exit_code, status.signal) == (137, 9)


def test_output_and_errors_are_in_the_log_to_the_last_byte(process: Held) -> None:
    process.start(shell("seq 1 20000; echo problem >&2")).until_ended()
    assert process.log == "".join(f"{n}\n" for n in range(1, 20001)) + "problem\n"


@pytest.fixture
def deaf() -> Iterator[None]:
    """Whoever starts processes ignores signals, as nohup and many a CI runner do; those it starts inherit that."""
    ignored = (signal.SIGHUP, signal.SIGQUIT, signal.SIGPIPE, signal.SIGUSR1, signal.SIGTERM, signal.SIGRTMAX)
    before = {number: signal.signal(number, signal.SIG_IGN) for number in ignored}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.usefixtures("deaf")
def test_default_signals_reach_the_program(process: Held) -> None:
    process.start(shell("grep -E 'Sig(Ign|Blk)' /proc/self/status")).until_ended()
    masks = [int(line.split()[1], 16) for line in process.log.splitlines()]
    assert len(masks) == 2
    ours = (
        signal.valid_signals()
    )  # all but 32 and 33, which the C library keeps for itself and lets nobody set
    assert [{n for n in ours if mask >> (n - 1) & 1} for mask in masks] == [set(), set()]


@pytest.mark.parametrize(
    ("argv", "code", "words"),
    [
        (("no-such-command",), 127, "the command no-such-command was not found on PATH"),
        (("/no/such/file",), 127, "the command /no/such/file was not found"),
        (("./plain",), 126, "it is not marked as executable"),
        (("./broken",), 126, "neither a program for this machine nor a script"),
        (("./homeless",), 126, "the interpreter that its first line names does not exist"),
        (("sh", "x" * 3_000_000), 126, "its arguments and environment are too long"),
        (("sh", "a\0b"), 126, "Invalid argument"),
    ],
)
def test_what_cannot_be_run_says_why(
    process: Held, tmp_path: Path, argv: tuple[str, ...], code: int, words: str
) -> None:
    for name, text, mode in (
        ("plain", "", 0o644),
        ("broken", "x", 0o755),
        ("homeless", "#!/no/such\n", 0o755),
    ):
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(mode)
    status = process.start(replace(shell(""), argv=argv, cwd=tmp_path)).until_ended()
    assert (status.exit_code, status.signal) == (code, None)
    assert words in status.error


def test_a_missing_working_directory_is_named(process: Held) -> None:
    status = process.start(replace(shell("true"), cwd=Path("/no/such/folder"))).until_ended()
    assert (status.exit_code, status.error) == (126, "the working directory /no/such/folder does not exist")


def test_a_command_that_appears_later_is_run_by_the_next_restart(process: Held, tmp_path: Path) -> None:
    command = tmp_path / "late"
    process.start(replace(shell(""), argv=(str(command),), restart=Restart.ALWAYS))
    process.until(lambda status: status.restarts and status.error)
    fresh = tmp_path / "fresh"
    fresh.write_text("#!/bin/sh\nexec sleep 100\n")
    fresh.chmod(0o755)
    fresh.rename(command)
    status = process.until(lambda status: status.state is State.RUNNING)
    assert status.error == ""


def test_descendants_end_with_the_process_even_in_sessions_of_their_own(process: Held) -> None:
    child = "import os, time; print('child', os.getpid(), flush=True); time.sleep(100)"
    parent = f"""
import subprocess, sys
child = subprocess.Popen([sys.executable, "-c", {child!r}], stdout=subprocess.PIPE, start_new_session=True)
print(child.stdout.readline().decode())
"""
    process.start(python(parent)).until_ended()
    assert not exists(int(process.log.split()[1]))


def test_starting_again_what_runs_or_has_ended_does_nothing(process: Held) -> None:
    first = process.start(shell("exec sleep 100")).status
    assert process.start(shell("exec sleep 100")).status == first
    processes.stop(process.directory)
    ended = process.until_ended()
    assert process.start(shell("echo again")).status == ended
    assert process.log == ""
