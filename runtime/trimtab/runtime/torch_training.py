"""A run that trains with torch, in one process or many: what a script adds to plain torch to become one.

    run = trimtab.torch_run()
    model = run.prepare(Network())
    optimizer = torch.optim.AdamW(model.parameters(), lr=run.params.learningRate)
    batches = run.loader(dataset, batch_size=run.params.batchSize)
    for epoch in run.epochs(run.params.epochs, model=model, optimizer=optimizer):
        for x, y in batches:
            ...                                  # plain torch
            run.observe(loss=loss)
    run.save(model, example={"x": dataset[:2][0]})
    run.finish()

The process of rank 0 writes and speaks; the others do the same work and end quietly.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from torch.nn.parallel import DistributedDataParallel

from trimtab.runtime import exporting, randomness
from trimtab.runtime.batches import Batches
from trimtab.runtime.checkpoints import Checkpoints
from trimtab.runtime.environment import Environment
from trimtab.runtime.group import Group
from trimtab.runtime.observations import Observations
from trimtab.runtime.run import Run
from trimtab.runtime.torch_model import TorchModel
from trimtab.runtime.training_loop import Stateful, TrainingLoop

_CHECKPOINT_SECONDS = 600
_CHECKPOINTS_KEPT = 2


class TorchRun(Run):
    """Made by `torch_run()`, before anything that depends on chance."""

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        randomness.seed(self.seed)
        self._group = Group.join(environment.variables)
        self._observations = Observations()
        self._loaders: list[Batches] = []
        self._loop: TrainingLoop | None = None
        restarts = int(environment.number("TORCHELASTIC_RESTART_COUNT", 0))
        self._restarts: int = max(self._group.gathered(restarts))

    @property
    def device(self) -> Any:
        """Where this process computes."""
        return self._group.device

    def prepare(self, model: Any) -> Any:
        """The model on the run's device, kept equal in all processes."""
        model = model.to(self.device)
        if self._group.world == 1:
            return model
        return DistributedDataParallel(
            model, device_ids=[self.device] if self.device.type == "cuda" else None
        )

    def loader(self, dataset: Any, batch_size: int, *, shuffle: bool = True, **options: Any) -> Batches:
        """This process's share of the training data. `options` are those of torch's DataLoader."""
        batches = Batches(
            dataset, batch_size, self._group, self.seed, self._after_batch, shuffle=shuffle, **options
        )
        self._loaders.append(batches)
        return batches

    def epochs(self, count: int, *, model: Any, optimizer: Stateful, **more: Stateful) -> Iterator[int]:
        """0, 1, ... count - 1, from where the newest checkpoint ends. `more` is saved too (schedulers, averages)."""
        self._loop = TrainingLoop(
            self._group,
            self.seed,
            {"model": _bare(model), "optimizer": optimizer, **more},
            self._checkpoints(),
            self._environment.number("TRIMTAB_CHECKPOINT_SECONDS", _CHECKPOINT_SECONDS),
            self._observations,
            self._history,
        )
        return self._loop.epochs(count, self._loaders, lambda epoch: self._report(epoch, count))

    def observe(self, **values: Any) -> None:
        """Note numbers of one batch. At the end of the epoch their means over all processes are logged."""
        self._observations.add(values)

    def log(self, **values: object) -> None:
        if self._group.leads:
            super().log(**values)

    def save(self, model: Any, example: Mapping[str, Any], outputs: Sequence[str] = ()) -> None:
        """Export the model into the run's output. `example` gives each argument of `forward` by its name."""
        if self._group.leads:
            exporting.export(model, example, self.output, outputs)

    def load(self) -> TorchModel:
        """The model that this run is to judge."""
        return TorchModel(self._environment.model)

    def finish(self, metrics: Mapping[str, object] | None = None, problems: Sequence[str] = ()) -> None:
        if self._group.leads:
            resumed, resumes = (self._loop.resumed, self._loop.resumes) if self._loop else (None, 0)
            chosen = self._latest() if metrics is None else metrics
            self._conclude(chosen, problems, restarts=max(self._restarts, resumes), resumed=resumed)
        self._group.leave()

    def _after_batch(self) -> None:
        if self._loop:
            self._loop.after_batch()

    def _report(self, epoch: int, count: int) -> None:
        means = self._observations.means(self._group)
        if means:
            self.log(epoch=epoch + 1, of=count, **means)

    def _checkpoints(self) -> Checkpoints | None:
        folder = self._environment.checkpoints
        keep = self._environment.number("TRIMTAB_CHECKPOINT_KEEP", _CHECKPOINTS_KEPT)
        return Checkpoints(folder, int(keep)) if folder else None


def _bare(model: Any) -> Any:
    return model.module if isinstance(model, DistributedDataParallel) else model
