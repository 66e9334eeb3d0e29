"""What the fake kubelet was asked to start, a line each: the testimony that nothing ran twice."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Started:
    """A Pod of a run. `job` tells what for: `<record>-lookup`, `<record>-check`, or `<record>-<attempt>`."""

    namespace: str
    job: str
    record: str
    pod: str
    """Its uid."""

    @property
    def is_work(self) -> bool:
        return self.job.removeprefix(f"{self.record}-").isdecimal()


def write(file: Path, started: Started) -> None:
    with file.open("a") as journal:
        journal.write(json.dumps(asdict(started)) + "\n")


def read(file: Path) -> list[Started]:
    return [Started(**json.loads(line)) for line in file.read_text().splitlines()] if file.exists() else []
