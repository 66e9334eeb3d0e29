"""The log of a process is bounded, whole at its edges, and no reason for it to fail."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from held_processes import Held, eventually, shell


def test_a_full_log_is_turned_at_the_end_of_a_line(process: Held) -> None:
    limit, chunk = 100_000, 65_536
    process.start(replace(shell("seq 1 100000"), log_limit=limit)).until_ended()
    sizes = [file.stat().st_size for file in process.directory.glob("log*")]
    assert len(sizes) == 2
    assert max(sizes) < limit + chunk
    lines = process.log.splitlines()
    assert lines == [str(n) for n in range(int(lines[0]), 100_001)]


def test_the_log_goes_on_after_a_restart_of_the_shim(process: Held) -> None:
    launch = shell("echo hello; exec sleep 100")
    process.start(launch).until_log("hello")
    process.kill_shim()
    process.start(launch).until_log("hello\nhello\n")


def test_a_disk_without_room_for_the_log_does_not_touch_the_process(process: Held) -> None:
    process.directory.mkdir(parents=True)
    log = process.directory / "log"
    log.symlink_to("/dev/full")
    process.start(shell(f"echo lost words; while [ -h {log} ]; do :; done; rm -f {log}; echo kept; exit 3"))
    log.unlink()
    status = process.until_ended()
    assert status.exit_code == 3


def test_what_a_full_disk_swallowed_is_said_once_there_is_room(process: Held, tmp_path: Path) -> None:
    process.directory.mkdir(parents=True)
    (
        process.directory / "log"
    ).mkdir()  # can't be opened for writing, as on a disk that has no room for a file
    more_than_a_pipe_holds = "yes lost | head -c 300000"
    said, go = tmp_path / "said", tmp_path / "go"
    process.start(
        shell(f"{more_than_a_pipe_holds}; touch {said}; while [ ! -e {go} ]; do sleep 0.01; done; echo kept")
    )
    eventually(said.exists, "the end of the words")
    (process.directory / "log").rmdir()
    go.touch()
    process.until_ended()
    assert re.match(r"\[\d+ bytes of output are missing: the log could not be written\]\n", process.log)
    assert process.log.endswith("kept\n")


def test_an_end_that_could_not_be_written_is_written_when_there_is_room(process: Held) -> None:
    process.directory.mkdir(parents=True)
    fresh = process.directory / "status.json.new"
    fresh.symlink_to("/dev/full")
    process.start(shell("exit 9"))
    assert not (process.directory / "status.json").exists()
    assert process.status.alive
    fresh.unlink()
    assert process.until_ended().exit_code == 9
    eventually(lambda: (process.directory / "status.json").is_file())
