"""What has become of the process, published: written to `status.json`, then told to whoever listens."""

from __future__ import annotations

import os

from trimtab.reconciler.process_identity import boot_id

from .light import render

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Status:
    """`unpublished` while the last change could not be written or told (a full disk, a full pipe): publish again."""

    def __init__(self, directory: str, notices: str | None, restarts: int) -> None:
        self.unpublished = False
        self._notice = os.fsencode(directory) + b"\0"
        self._notices = notices
        self._facts: dict[str, Any] = {
            "state": "starting",
            "boot": boot_id(),
            "pid": 0,
            "birth": "",
            "restarts": restarts,
            "exit_code": None,
            "signal": None,
            "error": "",
            "started": 0.0,
            "ended": 0.0,
            "until": 0.0,
            "stopping": False,
        }

    def __getitem__(self, name: str) -> Any:
        return self._facts[name]

    def publish(self, **changes: Any) -> None:
        self._facts.update(changes)
        try:
            self._write()
        except OSError:
            self.unpublished = True
        else:
            self.unpublished = not self._tell()

    def _write(self) -> None:
        file = os.open("status.json.new", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        try:
            os.write(file, render(self._facts).encode() + b"\n")
            if self["state"] == "ended":
                os.fsync(file)  # how it ended must survive the machine
        finally:
            os.close(file)
        os.rename("status.json.new", "status.json")

    def _tell(self) -> bool:
        if self._notices is None:
            return True
        try:
            pipe = os.open(self._notices, os.O_WRONLY | os.O_NONBLOCK)
        except OSError:
            return True  # nobody listens
        try:
            os.write(pipe, self._notice)
        except BlockingIOError:
            return False
        except OSError:
            return True  # the listener left this very moment
        finally:
            os.close(pipe)
        return True
