"""What a training sees batch by batch, as one mean per epoch over all batches of all processes."""

from __future__ import annotations

from typing import Any

import torch

from trimtab.runtime.group import Group


class Observations:
    """Sums stay tensors on their device until the epoch ends: to look at a number sooner would stall a GPU."""

    def __init__(self) -> None:
        self._sums: dict[str, Any] = {}
        self._counts: dict[str, int] = {}

    def add(self, values: dict[str, Any]) -> None:
        for name, value in values.items():
            detached = torch.as_tensor(value).detach().double().sum()
            self._sums[name] = self._sums[name] + detached if name in self._sums else detached
            self._counts[name] = self._counts.get(name, 0) + 1

    def means(self, group: Group) -> dict[str, float]:
        """The means over all processes. Forgets what it told."""
        names = sorted(self._sums)
        totals = group.summed([float(self._sums[name]) for name in names])
        counts = group.summed([self._counts[name] for name in names])
        self._sums, self._counts = {}, {}
        return {name: total / count for name, total, count in zip(names, totals, counts, strict=True)}

    def state(self) -> dict[str, Any]:
        return {name: [float(total), self._counts[name]] for name, total in self._sums.items()}

    def restore(self, state: dict[str, Any]) -> None:
        self._sums = {name: torch.tensor(total, dtype=torch.float64) for name, (total, _) in state.items()}
        self._counts = {name: count for name, (_, count) in state.items()}
