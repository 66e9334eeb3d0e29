"""The run contract as a script sees it: the TRIMTAB_* variables, read and typed in one place.

Each path has its own variable, and lies below `TRIMTAB_ROOT` where that alone is set: so a script can be tried by
hand with `TRIMTAB_ROOT=some/folder`. Nothing here creates or reads a file.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from trimtab.runtime.complaint import Complaint


@dataclass(frozen=True)
class Environment:
    """Asking for what the workload was not given is a `Complaint` that names the variable."""

    variables: Mapping[str, str]

    @classmethod
    def of_process(cls) -> Environment:
        return cls(dict(os.environ))

    @property
    def input(self) -> Path:
        return self._place("TRIMTAB_INPUT", "input")

    @property
    def output(self) -> Path:
        return self._place("TRIMTAB_OUTPUT", "output")

    @property
    def record(self) -> Path:
        return self._place("TRIMTAB_RECORD", "record")

    @property
    def checkpoints(self) -> Path | None:
        """None where the spec asks for no checkpoints."""
        if "TRIMTAB_CHECKPOINTS" in self.variables or "TRIMTAB_CHECKPOINT_SECONDS" in self.variables:
            return self._place("TRIMTAB_CHECKPOINTS", "checkpoints")
        return None

    @property
    def model(self) -> Path:
        return self._place("TRIMTAB_MODEL", "model")

    @property
    def code(self) -> Path:
        return self._place("TRIMTAB_CODE", "code")

    @property
    def code_archive(self) -> Path:
        return self._place("TRIMTAB_CODE_ARCHIVE", "code-archive")

    @property
    def capture(self) -> Path:
        return self._place("TRIMTAB_CAPTURE", "capture")

    @property
    def params(self) -> Path:
        return self._place("TRIMTAB_PARAMS", "params/params.json")

    @property
    def termination_log(self) -> Path:
        return self._place("TRIMTAB_TERMINATION_LOG", "termination-log")

    @property
    def run(self) -> str:
        return self.variables.get("TRIMTAB_RUN", "")

    @property
    def run_key(self) -> str:
        return self.variables.get("TRIMTAB_RUN_KEY", "")

    @property
    def seed(self) -> int:
        return int(self.number("TRIMTAB_SEED", 0))

    def number(self, name: str, default: float) -> float:
        """The value of a numeric variable; `default` where it is not set."""
        text = self.variables.get(name, "")
        try:
            return float(text) if text else default
        except ValueError:
            raise Complaint(f"{name} is {text!r}, but should be a number") from None

    def _place(self, name: str, below_root: str) -> Path:
        if self.variables.get(name):
            return Path(self.variables[name])
        if self.variables.get("TRIMTAB_ROOT"):
            return Path(self.variables["TRIMTAB_ROOT"]) / below_root
        raise Complaint(
            f"{name} is not set: this program is started by trimtab; "
            "to try it by hand, set TRIMTAB_ROOT to a folder of your own"
        )
