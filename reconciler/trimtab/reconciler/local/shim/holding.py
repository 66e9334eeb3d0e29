"""One process from its first start to its last end: waiting, restarts, stops. It sleeps unless something happens."""

from __future__ import annotations

import os
import select
import time

from trimtab.reconciler.process_identity import birth

from .light import load, signal
from .log import Log
from .program import Refused, spawn
from .remains import kill_remains, send_to_group

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from .status import Status

LOOK_AROUND = 30.0
"""Seconds after which we look, if nothing else woke us, whether our directory was deleted: nobody could stop us then."""

RETRY = 1.0
"""Seconds until what could not be written (a full disk, a full pipe) is tried again."""

CHUNK = 65536
LAST_CHUNKS = 16
"""A pipe holds no more than a mebibyte, so after its process has ended no more of ours can be in it."""

FOREVER = float("inf")


class Shim:
    def __init__(self, directory: str, config: Mapping[str, Any], status: Status) -> None:
        self._directory = directory
        self._config = config
        self._status = status
        self._log = Log(config["log_limit"])
        self._pid = 0
        self._output = -1
        self._began = 0.0
        self._quick_ends = 0
        self._kill_at = FOREVER
        self._wakeups = _hear_signals()

    def hold(self, running: Callable[[], None]) -> None:
        """Until the last end; `running` is called after the first start."""
        self._start()
        running()
        while self._status["state"] != "ended":
            if self._status["state"] == "running":
                self._sleep(self._kill_at)
            elif self._wait_to_restart():
                self._start(self._status["restarts"] + 1)
            else:
                self._status.publish(state="ended", until=0.0)
        while self._status.unpublished and not _is_deleted():
            self._sleep(FOREVER)  # a full disk must not lose how it ended

    def _start(self, restarts: int | None = None) -> None:
        self._began = time.monotonic()
        begun = {"started": time.time(), "until": 0.0, "error": ""}
        if restarts is not None:
            begun["restarts"] = restarts
        try:
            self._pid, self._output = spawn(self._config, self._directory)
        except Refused as refusal:
            self._end(refusal.code, None, **{**begun, "error": refusal.sentence})
        else:
            self._status.publish(state="running", pid=self._pid, birth=birth(self._pid), **begun)

    def _sleep(self, until: float) -> None:
        """Until something happens or it is `until`; then do what is due."""
        retry_at = time.monotonic() + RETRY if self._status.unpublished else FOREVER
        until = min(until, retry_at, time.monotonic() + LOOK_AROUND)
        watched = [self._wakeups, self._output] if self._output >= 0 else [self._wakeups]
        ready = select.select(watched, [], [], max(0.0, until - time.monotonic()))[0]
        if self._output in ready:
            self._pass_output_on(1)
        if self._wakeups in ready:
            for number in os.read(self._wakeups, 256):
                self._hear(number)
        if _is_deleted():
            self._stop(for_good=True)
        if time.monotonic() >= self._kill_at:
            self._kill_at = FOREVER
            kill_remains(self._directory, self._pid)
        if time.monotonic() >= retry_at:
            self._status.publish()

    def _hear(self, number: int) -> None:
        if number == signal.SIGCHLD:
            self._reap()
        elif number == signal.SIGTERM:
            self._stop(for_good=True)
        elif number == signal.SIGUSR1:
            self._stop(for_good=False)

    def _stop(self, *, for_good: bool) -> None:
        if for_good and not self._status["stopping"]:
            self._status.publish(stopping=True)
        if not self._pid:
            return
        if self._kill_at == FOREVER:  # asked again, only its time gets shorter
            send_to_group(self._pid, signal.SIGTERM)
            send_to_group(self._pid, signal.SIGCONT)  # a paused process hears nothing else
        self._kill_at = min(self._kill_at, time.monotonic() + self._grace())

    def _grace(self) -> float:
        try:
            return float(load("grace"))
        except (OSError, TypeError, ValueError):
            return float(self._config["grace"])

    def _reap(self) -> None:
        pid, status = os.waitpid(self._pid, os.WNOHANG) if self._pid else (0, 0)
        if not pid:
            return
        kill_remains(self._directory, pid)
        self._pass_output_on(LAST_CHUNKS)
        self._close_output()
        self._pid, self._kill_at = 0, FOREVER
        code = os.waitstatus_to_exitcode(status)
        self._end(*(code, None) if code >= 0 else (128 - code, -code))

    def _end(self, code: int, number: int | None, **begun: Any) -> None:
        ended = {**begun, "exit_code": code, "signal": number, "ended": time.time(), "pid": 0, "birth": ""}
        if self._goes_on(code):
            self._status.publish(state="waiting", **{**ended, "until": time.time() + self._delay()})
        else:
            self._status.publish(state="ended", **ended)

    def _goes_on(self, code: int) -> bool:
        policy, most = self._config["restart"], self._config["restart_limit"]
        wanted = policy == "Always" or (policy == "OnFailure" and code != 0)
        return wanted and not self._status["stopping"] and (most is None or self._status["restarts"] < most)

    def _delay(self) -> float:
        first, limit, reset = self._config["backoff"]
        if time.monotonic() - self._began >= reset:
            self._quick_ends = 0
        delay = min(first * 2.0 ** min(self._quick_ends, 60), limit)
        self._quick_ends += 1
        return float(delay)

    def _wait_to_restart(self) -> bool:
        """False when a stop was asked for meanwhile."""
        until = time.monotonic() + self._status["until"] - time.time()
        while time.monotonic() < until and not self._status["stopping"]:
            self._sleep(until)
        return not self._status["stopping"]

    def _pass_output_on(self, chunks: int) -> None:
        while chunks and self._output >= 0:
            chunks -= 1
            try:
                data = os.read(self._output, CHUNK)
            except BlockingIOError:
                return
            if data:
                self._log.write(data)
            else:
                self._close_output()

    def _close_output(self) -> None:
        if self._output >= 0:
            os.close(self._output)
            self._output = -1


def _is_deleted() -> bool:
    try:
        return os.stat(".").st_nlink == 0
    except FileNotFoundError:
        return True


def _hear_signals() -> int:
    """The end of a pipe where each signal arrives as one byte."""
    wakeups, into_wakeups = os.pipe()
    os.set_blocking(into_wakeups, False)
    for number in (signal.SIGTERM, signal.SIGUSR1, signal.SIGCHLD):
        signal.signal(number, lambda *_: None)
    for number in (signal.SIGHUP, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)
    signal.set_wakeup_fd(into_wakeups, warn_on_full_buffer=False)
    return wakeups
