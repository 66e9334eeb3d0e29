"""The model behind the server: loaded once, checked against the ledger's digest, and run one request at a time.

One at a time, since a single inference may use every CPU that there is: two at once would only slow each other.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

from trimtab.runtime.complaint import Complaint
from trimtab.runtime.digest import digest_folder
from trimtab.runtime.model_file import Signature


class Model(Protocol):
    signature: Signature

    def infer(self, inputs: Mapping[str, Any]) -> dict[str, Any]: ...


class ServedModel:
    """`problem` says why there is no model; it is empty once there is one."""

    def __init__(self, name: str, run_key: str, digest: str) -> None:
        self.name = name
        self.run_key = run_key
        self.digest = digest
        self.problem = "the model is being loaded"
        self.settled = False
        """Whether loading has ended, well or badly."""
        self._model: Model | None = None
        self._busy = threading.Lock()

    @property
    def version(self) -> str:
        """What clients may name it by: the run's short key."""
        return self.run_key.rpartition(":")[2][:10] or "1"

    @property
    def model(self) -> Model | None:
        return self._model

    def load(self, folder: Path, loader: Callable[[Path], Model]) -> None:
        """A model other than the one that was accepted is not served."""
        try:
            self._check(folder)
            self._model = loader(folder)
            self.problem = ""
        except Complaint as complaint:
            self.problem = complaint.sentence
        self.settled = True

    def infer(self, inputs: Mapping[str, Any]) -> dict[str, Any]:
        if self._model is None:
            raise RuntimeError("asked before it was loaded")
        with self._busy:
            return self._model.infer(inputs)

    def _check(self, folder: Path) -> None:
        if not self.digest:
            return
        actual = digest_folder(folder).digest
        if actual != self.digest:
            raise Complaint(
                f"the model in {folder} is not the one that was accepted: its digest is {actual}, "
                f"the ledger says {self.digest}"
            )


def usable_cpus() -> int:
    """Those this process may run on; fewer where a container's quota says so."""
    cpus = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    try:
        quota, period = Path("/sys/fs/cgroup/cpu.max").read_text().split()
        return max(1, min(cpus, round(int(quota) / int(period))))
    except (OSError, ValueError):
        return cpus
