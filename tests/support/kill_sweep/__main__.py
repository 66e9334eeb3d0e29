"""The sweep's process: `python -m kill_sweep CONTROL_PLANE FOLDER LANES SAMPLES`; no samples means every call.

It imports everything once and forks: a process a life, and from that one a process a writer. On stdout each thing that
was tried is a line of JSON.
"""

from __future__ import annotations

import gc
import json
import os
import sys
import traceback
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import NoReturn

from control_plane import Access, connect

from kill_sweep.life import Life, Tried
from kill_sweep.order import Every, Indexes, Order, Samples
from kill_sweep.phases import PHASES
from kill_sweep.standing import Standing


class Sweep:
    def __init__(self, plane: Access, folder: Path, lanes: int) -> None:
        self._plane, self._folder, self._lanes = plane, folder, lanes
        self._expected: dict[str, Standing] = {}
        self._running: dict[int, Path] = {}
        self._number = 0

    def undisturbed(self) -> Mapping[str, int]:
        """Learn how a system should stand. The calls of its writers, by phase."""
        life = Life(self._plane, self._folder / "undisturbed", {})
        tried = list(life.live({}))
        for each in tried:
            _say(each)
            assert not each.trouble, each
        self._expected = json.loads(json.dumps(life.stood))
        return {each.phase: each.calls for each in tried}

    def run(self, order: Order) -> None:
        for indexes in order.lives():
            self._begin(indexes)
            while len(self._running) >= self._lanes:
                self._end_one(order)
        while self._running:
            self._end_one(order)

    def _begin(self, indexes: Indexes) -> None:
        told = self._folder / f"told-{self._number:04}"
        folder = self._folder / f"killed-{self._number:04}"
        self._number += 1
        child = os.fork()
        if child == 0:
            self._be_life(folder, indexes, told)
        self._running[child] = told

    def _be_life(self, folder: Path, indexes: Indexes, told: Path) -> NoReturn:
        try:
            with told.open("w", buffering=1) as file:
                for tried in Life(self._plane, folder, self._expected).live(indexes):
                    print(json.dumps(asdict(tried)), file=file)
            os._exit(0)
        finally:
            traceback.print_exc()
            os._exit(1)

    def _end_one(self, order: Order) -> None:
        child, status = os.wait()
        told = self._running.pop(child)
        for line in told.read_text().splitlines():
            tried = Tried(**json.loads(line))
            _say(tried)
            order.heard(tried)
        if status:
            trouble = f"the process of its life ended with {status}; see what it said on stderr"
            _say(Tried(told.name, "", None, "", 0, trouble, 0.0))


def _say(tried: Tried) -> None:
    print(json.dumps(asdict(tried)), flush=True)


def main(plane: str, folder: str, lanes: str, samples: str) -> None:
    sweep = Sweep(connect(Path(plane)), Path(folder), int(lanes))
    calls = sweep.undisturbed()
    gc.freeze()
    sweep.run(Samples(int(samples), calls) if int(samples) else Every([phase.name for phase in PHASES]))


if __name__ == "__main__":
    main(*sys.argv[1:])
