"""Starting the process: its program found as a shell would, its secrets read, and every refusal one sentence."""

from __future__ import annotations

import errno
import os

from .light import load, signal
from .remains import MARK

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, NoReturn

NOT_FOUND, NOT_RUN = 127, 126
"""What shells say of a command that does not exist, and of one that can't be run."""


class Refused(Exception):
    """The process can't be started: an exit code, and a sentence for people."""

    def __init__(self, code: int, sentence: str) -> None:
        super().__init__(code, sentence)
        self.code = code
        self.sentence = sentence


def spawn(config: Mapping[str, Any], directory: str) -> tuple[int, int]:
    """Start it in a session of its own: its number, and the end of a pipe where its output is read."""
    argv, cwd = config["argv"], config["cwd"]
    env = {**config["env"], **_secrets(config["secrets"]), MARK: directory}
    path = _find(argv[0], env.get("PATH", ""), cwd)
    output, into_output = os.pipe()
    failure, into_failure = os.pipe()
    try:
        pid = os.fork()
    except OSError as error:
        for end in (output, into_output, failure, into_failure):
            os.close(end)
        raise Refused(NOT_RUN, f"no more processes can be started: {error.strerror}") from None
    if pid == 0:
        _become(path, argv, env, cwd, into_output, into_failure)
    os.close(into_output)
    os.close(into_failure)
    number = os.read(failure, 16)  # empty once the program runs: exec closes the other end
    os.close(failure)
    if number:
        os.close(output)
        os.waitpid(pid, 0)
        raise _not_run(path, int(number))
    os.set_blocking(output, False)
    return pid, output


def _become(path: str, argv: list[str], env: dict[str, str], cwd: str, output: int, failure: int) -> NoReturn:
    """In the child: turn into the program; nothing of the shim is left, not even its ways with signals."""
    try:
        os.setsid()
        signal.set_wakeup_fd(-1)
        for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
            if signal.getsignal(number) is not None:
                signal.signal(number, signal.SIG_DFL)
        os.dup2(output, 1)
        os.dup2(output, 2)
        os.chdir(cwd)
        os.execve(path, argv, env)  # noqa: S606  # never through a shell
    except OSError as error:
        os.write(failure, b"%d" % (error.errno or errno.EINVAL))
    except ValueError:  # a NUL in an argument or a variable
        os.write(failure, b"%d" % errno.EINVAL)
    finally:
        os._exit(NOT_RUN)


def _find(name: str, path: str, cwd: str) -> str:
    if not os.path.isdir(cwd):
        raise Refused(NOT_RUN, f"the working directory {cwd} does not exist")
    places = [""] if "/" in name else path.split(":")
    files = [os.path.join(cwd, place, name) for place in places]
    found = [file for file in files if os.path.isfile(file)]
    for file in found:
        if os.access(file, os.X_OK):
            return file
    if found:
        raise Refused(NOT_RUN, f"{found[0]} can't be run: it is not marked as executable")
    raise Refused(NOT_FOUND, f"the command {name} was not found" + ("" if "/" in name else " on PATH"))


def _not_run(path: str, number: int) -> Refused:
    """The kernel would not run a file that is there."""
    reasons = {
        errno.ENOENT: "the interpreter that its first line names does not exist",
        errno.ENOEXEC: "it is neither a program for this machine nor a script with a #! line",
        errno.E2BIG: "its arguments and environment are too long",
    }
    return Refused(NOT_RUN, f"{path} can't be run: {reasons.get(number, os.strerror(number))}")


def _secrets(secrets: Mapping[str, Any] | None) -> dict[str, str]:
    """Variables with the values of secrets, read anew at each start."""
    if secrets is None:
        return {}
    path = secrets["file"]
    try:
        if os.stat(path).st_mode & 0o077:
            raise Refused(NOT_RUN, f"others can read the secrets in {path}: give it mode 0600")
        held = load(path)
    except OSError as error:
        raise Refused(NOT_RUN, f"the secrets in {path} can't be read: {error.strerror}") from None
    except ValueError:
        raise Refused(NOT_RUN, f"the secrets in {path} can't be read: it is not JSON") from None
    return {name: _secret(held, keys, path) for name, keys in secrets["variables"].items()}


def _secret(held: Any, keys: list[str], path: str) -> str:
    for key in keys:
        held = held.get(key) if isinstance(held, dict) else None
    if not isinstance(held, str) or "\0" in held:
        raise Refused(NOT_RUN, f"the secret {'/'.join(keys)} is not a text in {path}")
    return held
