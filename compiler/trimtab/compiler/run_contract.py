"""The run contract's variables: what a workload is told of its paths and of the run it carries out.

Paths follow from what is mounted, so that none is promised that isn't there.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from trimtab.compiler.bundle import Late, Slot, SlotKind
from trimtab.compiler.intents import HERE, Files, Mount

PARAMS_FILE = "params.json"
_VARIABLES = {
    "input": "TRIMTAB_INPUT",
    "output": "TRIMTAB_OUTPUT",
    "record": "TRIMTAB_RECORD",
    "checkpoints": "TRIMTAB_CHECKPOINTS",
    "model": "TRIMTAB_MODEL",
    "capture": "TRIMTAB_CAPTURE",
    "code": "TRIMTAB_CODE",
    "params": "TRIMTAB_PARAMS",
}


def path_variables(mounts: Iterable[Mount], files: Iterable[Files]) -> dict[str, Any]:
    places = {path.split("/")[0] for path in [m.path for m in mounts] + [f.path for f in files]}
    found = {variable: f"{HERE}/{place}" for place, variable in _VARIABLES.items() if place in places}
    if "params" in places:
        found["TRIMTAB_PARAMS"] += f"/{PARAMS_FILE}"
    return found


def run_variables(run: str) -> dict[str, Any]:
    return {
        "TRIMTAB_RUN": run,
        "TRIMTAB_RUN_NAME": Late((Slot(SlotKind.RUN_NAME),)),
        "TRIMTAB_RUN_KEY": Late((Slot(SlotKind.RUN_KEY),)),
        "TRIMTAB_TERMINATION_LOG": f"{HERE}/termination-log",
    }
