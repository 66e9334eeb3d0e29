"""The two ways to start a run. This module is light: torch is imported only by those who ask for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trimtab.runtime import optional, torchrun
from trimtab.runtime.environment import Environment
from trimtab.runtime.run import Run

if TYPE_CHECKING:
    from trimtab.runtime.torch_training import TorchRun


def start(environment: Environment | None = None) -> Run:
    """A run of any script, in one process."""
    return Run(environment or Environment.of_process())


def torch_run(environment: Environment | None = None) -> TorchRun:
    """A run that trains, or judges, with torch; in as many processes as torchrun started."""
    torchrun.settle_in()
    optional.need("torch", "a training")
    from trimtab.runtime.torch_training import TorchRun

    return TorchRun(environment or Environment.of_process())
