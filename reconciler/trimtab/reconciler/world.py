"""A bundle and a state, indexed for planning: which record answers for which run.

Pure look-ups. Nothing here decides what to do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from trimtab.compiler.bundle import Bundle, DatasetInfo, Ref, Run, RunKind
from trimtab.compiler.canonical import digest
from trimtab.reconciler import baselines
from trimtab.reconciler.ledger import Inputs, Phase, Record, record_name
from trimtab.reconciler.state import Baseline, Now, State

RECIPE_KINDS = frozenset({RunKind.PIPELINE, RunKind.TRAINING})
"""A recipe of these kinds that has a run is not opened again by reconciling; the others answer for each of their inputs."""


@dataclass(frozen=True)
class World:
    bundle: Bundle
    state: State
    now: Now
    pack: Callable[[Mapping[Ref, Baseline]], str] = baselines.pack
    """The baselines as they are remembered."""

    @cached_property
    def runs(self) -> dict[str, Run]:
        return {run.name: run for run in self.bundle.runs}

    @cached_property
    def datasets(self) -> dict[str, DatasetInfo]:
        return {dataset.name: dataset for dataset in self.bundle.datasets}

    @cached_property
    def _by_recipe(self) -> dict[tuple[str, str], list[Record]]:
        found: dict[tuple[str, str], list[Record]] = {}
        for record in sorted(self.state.records.values(), key=lambda r: (r.opened, r.name)):
            found.setdefault((record.run, record.recipe_digest), []).append(record)
        return found

    def of_recipe(self, run: Run) -> list[Record]:
        """The records of this very recipe, oldest first."""
        return self._by_recipe.get((run.name, run.recipe_digest), [])

    def newest(self, run: Run) -> Record | None:
        records = self.of_recipe(run)
        return records[-1] if records else None

    def with_inputs(self, run: Run, inputs: Inputs) -> Record | None:
        key = run_key(run, inputs)
        record = self.state.records.get(record_name(run.name, key))
        return record if record is not None and record.key == key else None

    def evaluations(self, training: Run) -> Iterator[Run]:
        return (r for r in self.bundle.runs if r.kind is RunKind.EVALUATION and r.model == training.name)

    def contract_of(self, dataset: DatasetInfo, version: str) -> Record | None:
        if dataset.contract is None:
            return None
        records = self.of_recipe(self.runs[dataset.contract])
        return next((r for r in records if r.inputs.datasets.get(dataset.name) == version), None)

    def serving(self, training: str) -> Record | None:
        """The record whose model an endpoint of this training serves, if one does."""
        known = self.state.system.serving if self.state.system else {}
        names = [e.name for e in self.bundle.endpoints if e.training == training and e.name in known]
        return self.state.records.get(known[names[0]].run) if names else None

    def is_recorded(self, record: Record | None) -> bool:
        return record is not None and record.phase is Phase.SUCCEEDED


def run_key(run: Run, inputs: Inputs) -> str:
    """`v1:` and the SHA-256 of recipe and inputs: what can change the result, and nothing else."""
    return "v1:" + digest({"recipe": run.recipe, "inputs": inputs.identity()}).removeprefix("sha256:")
