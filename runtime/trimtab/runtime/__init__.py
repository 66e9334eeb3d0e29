"""What runs inside a workload: the run contract for scripts, the model server, contract and drift checks.

It runs in the user's environment, so it imports nothing of ours elsewhere and, on import, nothing but the standard
library; torch and numpy come in where they are used.

    import trimtab.runtime as trimtab

    run = trimtab.start()         # any script
    run = trimtab.torch_run()     # a script that trains with torch, in one process or many
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from trimtab.runtime.complaint import Complaint
    from trimtab.runtime.run import Run
    from trimtab.runtime.starting import start, torch_run
    from trimtab.runtime.torch_training import TorchRun

__all__ = ["Complaint", "Run", "TorchRun", "start", "torch_run"]

_HOMES = {
    "Complaint": "complaint",
    "Run": "run",
    "TorchRun": "torch_training",
    "start": "starting",
    "torch_run": "starting",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
