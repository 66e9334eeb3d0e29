"""One system of the sweep: it goes through all phases; in each its writer may be killed, and another goes on."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from control_plane import Access
from node_agent.api import path

from kill_sweep.phases import PHASES, Phase
from kill_sweep.serving import served_wrongly
from kill_sweep.standing import Standing, differences, standing
from kill_sweep.writer import write
from trimtab.reconciler.preparing import Prepared, prepare_folder

ENVIRONMENT = "cluster"
"""Of the spec, and the context of the kubeconfig that is used."""
EXAMPLE = Path(__file__).parents[2] / "e2e" / "blink"


@dataclass(frozen=True)
class Tried:
    """One phase of a life. `index` is None where nothing was to kill it; `calls` are those of a writer that lived."""

    namespace: str
    phase: str
    index: int | None
    killed_at: str
    calls: int
    trouble: str
    seconds: float


class Life:
    """`expected` says by phase how an undisturbed system stands; empty for the undisturbed one itself."""

    def __init__(self, plane: Access, folder: Path, expected: Mapping[str, Standing]) -> None:
        self._plane, self._folder, self._expected = plane, folder, expected
        self._namespace = folder.name
        self.stood: dict[str, Standing] = {}

    def live(self, indexes: Mapping[str, int]) -> Iterator[Tried]:
        """By phase, where its writer is killed. It ends with the first trouble, or where none is to be killed any more."""
        shutil.copytree(EXAMPLE, self._folder, ignore=shutil.ignore_patterns(".trimtab", "__pycache__"))
        self._edit("namespace: blink", f"namespace: {self._namespace}")
        last = max((at for at, phase in enumerate(PHASES) if phase.name in indexes), default=len(PHASES))
        for phase in PHASES[: last + 1]:
            tried = self._try(phase, indexes.get(phase.name))
            yield tried
            if tried.trouble:
                return
        self._rest()

    def _try(self, phase: Phase, index: int | None) -> Tried:
        began = time.monotonic()
        self._edit(phase.before, phase.after)
        prepared = self._prepared()
        first = write(prepared, index)
        last = write(prepared) if first.killed_at else first
        trouble = last.trouble or self._left(phase)
        seconds = time.monotonic() - began
        return Tried(self._namespace, phase.name, index, first.killed_at, first.calls, trouble, seconds)

    def _left(self, phase: Phase) -> str:
        self.stood[phase.name] = found = standing(self._plane, self._namespace)
        return "; ".join(
            [*served_wrongly(found, phase.power), *differences(found, self._expected.get(phase.name, found))]
        )

    def _prepared(self) -> Prepared:
        return asyncio.run(prepare_folder(self._spec, ENVIRONMENT))

    def _edit(self, before: str, after: str) -> None:
        text = self._spec.read_text()
        assert text.count(before) == 1 or before == after, before
        self._spec.write_text(text.replace(before, after))

    @property
    def _spec(self) -> Path:
        return self._folder / "mlsystem.yaml"

    def _rest(self) -> None:
        """An autoscaler is looked at every 15 s, for as long as it is there."""
        where = path("autoscaling/v2", "horizontalpodautoscalers", self._namespace)
        self._plane.api.delete(where)
