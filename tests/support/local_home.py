"""A system of a test on this machine."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
from collections.abc import Mapping, Sequence
from pathlib import Path

from trimtab.reconciler.cluster import Cluster
from trimtab.reconciler.local import stop
from trimtab.reconciler.local.client import LocalCluster


class LocalHome:
    arguments = ()
    variables: Mapping[str, str] = {}

    def __init__(self, folder: Path, environment: str = "laptop") -> None:
        self._state = folder / ".trimtab" / environment
        self._artifacts = folder / ".trimtab" / "artifacts"

    @property
    def volumes(self) -> Sequence[Path]:
        return self._artifacts, self._state / "volumes"

    @property
    def pods(self) -> Path:
        return self._state / "pods"

    def process(self, container: Path) -> int:
        status = json.loads((container / "status.json").read_text())
        return int(status["pid"]) if status["state"] == "running" else 0

    def connect(self) -> Cluster:
        return LocalCluster(self._state)

    def reach(self, address: str) -> str:
        return address

    def kill_engine(self) -> None:
        os.kill(json.loads((self._state / "host.json").read_text())["pid"], signal.SIGKILL)

    def revive_engine(self) -> None:
        """The next command starts it."""

    def forget(self) -> None:
        self.end()
        shutil.rmtree(self._state)

    def end(self) -> None:
        asyncio.run(stop(self._state))
