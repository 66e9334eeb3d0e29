"""This process's share of the training data, batch by batch, with the place that a resumed epoch goes on from."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch.utils.data import DataLoader
from torch.utils.data.distributed import DistributedSampler

from trimtab.runtime.group import Group


class Batches:
    """What `run.loader` returns. Tensors come on the run's device; `done` counts the batches of this epoch."""

    def __init__(
        self,
        dataset: Any,
        batch_size: int,
        group: Group,
        seed: int,
        after_batch: Callable[[], None],
        *,
        shuffle: bool = True,
        **options: Any,
    ) -> None:
        self._shard = Shard(dataset, group, seed, shuffle)
        # Its own source of chance: one that drew from the common one would draw once more in a resumed epoch.
        self._chance = torch.Generator()
        self._seed = seed
        self._loader = DataLoader(
            dataset, batch_size=batch_size, sampler=self._shard, generator=self._chance, **options
        )
        self._batch_size = batch_size
        self._device = group.device
        self._after_batch = after_batch
        self.done = 0

    def start(self, epoch: int, done: int) -> None:
        """The next pass is that of `epoch`, from batch `done` on."""
        self._shard.set_epoch(epoch)
        self._chance.manual_seed(self._seed + epoch)
        self._shard.skip = done * self._batch_size
        self.done = done

    def __iter__(self) -> Iterator[Any]:
        for batch in self._loader:
            yield moved(batch, self._device)
            self.done += 1
            if self.done < len(
                self
            ):  # after the last batch a script may have more to do before its epoch is done
                self._after_batch()
        self._shard.skip = 0

    def __len__(self) -> int:
        return len(self._loader)


class Shard:
    """A sampler: the rows of this process in the order of the epoch, without the first `skip` of them."""

    def __init__(self, dataset: Any, group: Group, seed: int, shuffle: bool) -> None:
        self._rows = DistributedSampler(
            dataset, num_replicas=group.world, rank=group.rank, shuffle=shuffle, seed=seed
        )
        self.skip = 0

    def set_epoch(self, epoch: int) -> None:
        self._rows.set_epoch(epoch)

    def __iter__(self) -> Iterator[int]:
        return itertools.islice(iter(self._rows), self.skip, None)

    def __len__(self) -> int:
        return len(self._rows)


def moved(batch: Any, device: Any) -> Any:
    """The tensors of a batch on a device, however they are nested."""
    if isinstance(batch, torch.Tensor):
        return batch.to(device, non_blocking=True)
    if isinstance(batch, dict):
        return {name: moved(value, device) for name, value in batch.items()}
    if isinstance(batch, list | tuple):
        return [moved(value, device) for value in batch]
    return batch
