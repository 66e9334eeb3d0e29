"""Becomes a container: joins its Pod's namespaces, builds a root of its own, runs the program as process 1 in it.

    python -I -S run_container.py <container.json>                  run it; ends as the program ends
    python -I -S run_container.py <container.json> <command>...     run a command in it, beside the program

The program's environment is this process's own. Signals are passed on to the program alone, as a kubelet's are. What
keeps it from starting is written to the file `start_error`, and the exit code is 128.
"""

from __future__ import annotations

import json
import os
import signal
import sys

sys.path.append(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from namespaces import container_root, linux

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, NoReturn

NOT_STARTED = 128
"""What container runtimes say of a program that never ran."""

PASSED_ON = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2, signal.SIGQUIT)


def main(file: str, *command: str) -> int:
    with open(file, encoding="utf-8") as opened:
        config = json.load(opened)
    linux.die_with_parent()
    if command:
        linux.enter(_first(config), "net", "uts", "ipc", "pid", "mnt")
        return _watch(_fork(lambda: _become({**config, "argv": command}, -1)))
    signal.pthread_sigmask(signal.SIG_BLOCK, PASSED_ON)
    errors = os.open(config["start_error"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    container_root.begin_last_words(config)
    linux.enter(config["sandbox"], "net", "uts", "ipc", "mnt")
    linux.unshare(linux.CLONE_NEWPID)
    running, exec_closes = os.pipe()
    child = _fork(lambda: _run(config, errors))
    os.close(exec_closes)
    os.read(running, 1)
    linux.write(config["first"], f"{os.getpid()} {child}")
    _tell(config)
    return _watch(child)


def _fork(work: Any) -> int:
    """Signals that come meanwhile are kept for `_watch`."""
    signal.pthread_sigmask(signal.SIG_BLOCK, PASSED_ON)
    child = os.fork()
    if child == 0:
        try:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, PASSED_ON)
            work()
        finally:
            os._exit(NOT_STARTED)
    return child


def _run(config: Mapping[str, Any], errors: int) -> None:
    linux.die_with_parent()
    os.setsid()
    try:
        linux.unshare(linux.CLONE_NEWNS)  # not its parent's: that still needs this machine's files
        container_root.build(config)
    except OSError as error:
        os.write(errors, f"its file system can't be made: {error.strerror}".encode())
    else:
        _become(config, errors)


def _become(config: Mapping[str, Any], errors: int) -> NoReturn:
    """Turn into the program, with its rights and in its folder."""
    try:
        os.makedirs(config["cwd"], exist_ok=True)
        os.chdir(config["cwd"])
        os.setgroups(config["groups"])
        os.setgid(config["gid"])
        os.setuid(config["uid"])
        linux.die_with_parent()  # forgotten by a change of user
        if config["no_new_privileges"]:
            linux.no_new_privileges()
        os.execvpe(config["argv"][0], config["argv"], os.environ)
    except OSError as error:
        sentence = f"exec: {config['argv'][0]!r}: {error.strerror} (in {config['cwd']})"
        os.write(errors if errors >= 0 else 2, sentence.encode())
    os._exit(NOT_STARTED)


def _first(config: Mapping[str, Any]) -> int:
    """Process 1 of the container, by its number outside."""
    with open(config["first"], encoding="ascii") as file:
        return int(file.read().split()[1])


def _tell(config: Mapping[str, Any]) -> None:
    """The program runs: whoever listens for changes of this container's directory hears of it."""
    pipe = os.open(config["notices"], os.O_WRONLY | os.O_NONBLOCK)
    os.write(pipe, os.fsencode(os.path.dirname(config["first"])) + b"\0")
    os.close(pipe)


def _watch(child: int) -> int:
    for number in PASSED_ON:
        signal.signal(number, lambda number, _: os.kill(child, number))
    signal.pthread_sigmask(signal.SIG_UNBLOCK, PASSED_ON)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if code < 0:
        signal.signal(-code, signal.SIG_DFL) if -code != signal.SIGKILL else None
        os.kill(os.getpid(), -code)
    return code


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
