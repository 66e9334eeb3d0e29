"""Whether what serves is the model of the recipe that the spec asks for, and was accepted."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from kill_sweep.standing import Standing


def served_wrongly(found: Standing, power: int) -> Iterator[str]:
    objects = dict(found)
    serving = objects["mlsystems/blink"]["status"]["serving"]
    if len(serving) != 1:
        yield f"there should be one endpoint, but there are {sorted(serving)}"
    for endpoint, served in serving.items():
        run = objects[f"runs/{served['run']}"]
        if run["spec"]["recipe"]["params"] != {"power": power}:
            yield f"{endpoint} serves {served['run']}, not the model of power {power}"
        if run["status"]["artifact"] not in json.dumps(objects[f"deployments/{endpoint}"]):
            yield f"the Deployment of {endpoint} has another model than {served['run']}"
        if not _is_accepted(objects, run["spec"]["key"]):
            yield f"{endpoint} serves {served['run']}, which was not accepted"


def _is_accepted(objects: dict[str, Any], key: str) -> bool:
    judges = [each for name, each in objects.items() if name.startswith("runs/")]
    verdicts = [
        v for each in judges if each["spec"]["inputs"]["model"] == key for v in each["status"]["verdicts"]
    ]
    return bool(verdicts) and all(verdict["accepted"] for verdict in verdicts)
