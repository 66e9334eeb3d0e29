"""Work that another process does while this one goes on importing: on a second core, which would be idle.

It is a fork, so it must begin before anything runs beside the main thread; where something does, the work is done here,
when its result is asked for. The result travels as a pickle, and so does what was raised instead.
"""

from __future__ import annotations

import os
import pickle
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Any, BinaryIO, Generic, NoReturn, TypeVar

T = TypeVar("T")


class Ahead(Generic[T]):
    """Begun when it is made. Ask once for its result."""

    def __init__(self, work: Callable[[], T]) -> None:
        self._work = work
        self._child = None if _is_crowded() else _fork(work)

    def result(self) -> T:
        """Raises what the work has raised."""
        if self._child is None:
            return self._work()
        result: T = _received(*self._child)
        return result


def _is_crowded() -> bool:
    """A tracer sees one process alone; and a lock that another thread holds stays held in a child for ever."""
    threading = sys.modules.get("threading")
    return bool(os.environ.get("TRIMTAB_TRACEBACK")) or (
        threading is not None and threading.active_count() > 1
    )


def _fork(work: Callable[[], T]) -> tuple[int, BinaryIO] | None:
    readable, writable = os.pipe()
    try:
        child = os.fork()
    except OSError:
        os.close(readable)
        os.close(writable)
        return None
    if child == 0:
        os.close(readable)
        _answer(work, writable)
    os.close(writable)
    return child, os.fdopen(readable, "rb")


def _answer(work: Callable[[], T], writable: int) -> NoReturn:
    """Nothing of what the parent had open is flushed or closed here."""
    try:
        with os.fdopen(writable, "wb") as stream:
            stream.write(_pickled(work))
    finally:
        os._exit(0)  # whether all of the answer is there tells how it went


def _pickled(work: Callable[[], T]) -> bytes:
    try:
        return pickle.dumps((work(), None), pickle.HIGHEST_PROTOCOL)
    except Exception as error:  # noqa: BLE001  # the parent raises it
        try:
            pickle.loads(answer := pickle.dumps((None, error)))  # noqa: S301  # many are made of other arguments
        except Exception:  # noqa: BLE001
            return pickle.dumps((None, RuntimeError(f"{type(error).__name__}: {error}")))
        return answer


def _received(child: int, stream: BinaryIO) -> Any:
    try:
        with stream:
            answer = stream.read()
    except BaseException:
        os.kill(child, signal.SIGKILL)  # nobody waits for it any more
        raise
    finally:
        with suppress(ChildProcessError):  # where SIGCHLD is ignored, it is gone already
            os.waitpid(child, 0)
    try:
        result, error = pickle.loads(answer)  # noqa: S301  # of our own child
    except (EOFError, pickle.UnpicklingError):
        raise RuntimeError("the process that compiled the spec ended in the middle of it") from None
    if error is not None:
        raise error
    return result
