"""A run as its script sees it, whatever the script does: params, places, progress, and the end.

    import trimtab.runtime as trimtab

    run = trimtab.start()
    table = load(run.input("transactions") / "part.csv")
    save(table, run.write("features") / "part.npz")
    run.finish(metrics={"rows": len(table)})

A script that ends without `finish` has no record: nothing it left behind is taken for a result.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from trimtab.runtime import atomic, progress, record, words
from trimtab.runtime.complaint import Complaint
from trimtab.runtime.digest import FolderDigest, digest_folder
from trimtab.runtime.environment import Environment
from trimtab.runtime.params import Params

METRICS = "metrics.json"


class Run:
    """Made by `start()`. One process of it calls `finish`, once and last.

    A run of ours that only looks (`makes_artifact=False`) is given no place for one.
    """

    def __init__(self, environment: Environment, *, makes_artifact: bool = True) -> None:
        self._environment = environment
        self._makes_artifact = makes_artifact
        self._history: dict[str, list[float]] = {}
        self._written: list[str] = []
        self.params = Params.read(environment.params)
        self.seed = environment.seed

    def input(self, dataset: str) -> Path:
        """The folder of a dataset that the spec `reads`."""
        place = self._environment.input / dataset
        if not place.is_dir():
            there = sorted(p.name for p in self._environment.input.glob("*")) or ["nothing"]
            raise Complaint(f"this run does not read {dataset!r}; it reads {', '.join(there)}")
        return place

    @property
    def output(self) -> Path:
        """The folder of the artifact: what lies there when the run finishes is its result."""
        self._environment.output.mkdir(parents=True, exist_ok=True)
        return self._environment.output

    def write(self, dataset: str) -> Path:
        """The folder of a dataset that the spec `writes`, emptied of what an interrupted attempt left."""
        place = self._environment.output / dataset
        place.mkdir(parents=True, exist_ok=True)
        for leftover in place.iterdir():
            shutil.rmtree(leftover) if leftover.is_dir() else leftover.unlink()
        self._written.append(dataset)
        return place

    def log(self, **values: object) -> None:
        """Say how it goes: `run.log(step=3, loss=0.42)`. What is logged over and over becomes a curve."""
        numbers = {name: words.number(value, name) for name, value in values.items()}
        self._remember(numbers)
        progress.say(numbers)

    def finish(self, metrics: Mapping[str, object] | None = None, problems: Sequence[str] = ()) -> None:
        """Write the metrics, the record and the last words. Without `metrics`, each curve's last value."""
        self._conclude(self._latest() if metrics is None else metrics, problems, restarts=0, resumed=None)

    def _conclude(
        self, metrics: Mapping[str, object], problems: Sequence[str], *, restarts: int, resumed: int | None
    ) -> None:
        plain = {name: words.number(value, name) for name, value in metrics.items()}
        outputs = self._outputs()
        artifact = self._artifact(plain) if self._makes_artifact and not outputs else None
        said = words.compose(
            metrics=plain,
            artifact={"digest": artifact.digest, "bytes": artifact.bytes} if artifact else None,
            outputs={name: digest._asdict() for name, digest in outputs.items()},
            restarts=restarts,
            resumed=resumed,
            history=self._history,
            problems=problems,
        )
        record.write(self._environment.record, said, key=self._environment.run_key, run=self._environment.run)
        words.leave(said, self._environment.termination_log)

    def _artifact(self, metrics: Mapping[str, object]) -> FolderDigest:
        atomic.write(self.output / METRICS, json.dumps(metrics, indent=1).encode() + b"\n")
        return digest_folder(self.output)

    def _outputs(self) -> dict[str, FolderDigest]:
        return {name: digest_folder(self._environment.output / name) for name in self._written}

    def _remember(self, numbers: Mapping[str, float | int | None]) -> None:
        for name, value in numbers.items():
            if name not in progress.POSITIONS and value is not None:
                self._history.setdefault(name, []).append(value)

    def _latest(self) -> dict[str, float]:
        return {name: points[-1] for name, points in self._history.items()}
