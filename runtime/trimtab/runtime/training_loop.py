"""The loop over epochs that survives its process: it saves where it is, resumes there, and stops when asked.

A checkpoint holds all that the next batch depends on: weights, optimizer, the place in the epoch, each process's
chance, and what was observed so far. A resumed training therefore ends with the numbers of one that never stopped.
"""

from __future__ import annotations

import contextlib
import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple, Protocol

from trimtab.runtime import randomness
from trimtab.runtime.batches import Batches
from trimtab.runtime.cadence import Cadence
from trimtab.runtime.checkpoints import Checkpoints
from trimtab.runtime.group import Group
from trimtab.runtime.observations import Observations

STOPPED = 75
"""Exit code: stopped on request after a checkpoint."""

_RANKS = 1_000_003
"""Keeps the seeds of epochs and of ranks apart."""


class Stateful(Protocol):
    def state_dict(self) -> dict[str, Any]: ...
    def load_state_dict(self, state: dict[str, Any]) -> Any: ...


class Place(NamedTuple):
    """So many whole epochs, and so many batches of each loader in the next."""

    epoch: int
    done: tuple[int, ...]


class TrainingLoop:
    """`parts` are what a checkpoint holds by name: model, optimizer, and what else the script hands over."""

    def __init__(
        self,
        group: Group,
        seed: int,
        parts: Mapping[str, Stateful],
        checkpoints: Checkpoints | None,
        every: float,
        observations: Observations,
        history: dict[str, list[float]],
    ) -> None:
        self._group = group
        self._seed = seed
        self._parts = parts
        self._checkpoints = checkpoints
        self._every = every
        self._observations = observations
        self._history = history
        self._loaders: list[Batches] = []
        self._cadence: Cadence | None = None
        self._epoch = 0
        self.resumed: int | None = None
        """The epoch that this process took up again, if any."""
        self.resumes = 0
        """How often this run was taken up again, by this process or those before it."""

    def epochs(self, count: int, loaders: list[Batches], after_epoch: Callable[[int], None]) -> Iterator[int]:
        self._loaders = loaders
        start = self._resume()
        with _noticing_sigterm() as asked:
            if self._checkpoints:
                self._cadence = Cadence(self._group, self._every, asked)
            for epoch in range(start.epoch, count):
                self._begin(epoch, start if epoch == start.epoch else None)
                yield epoch
                after_epoch(epoch)
                self._end(Place(epoch + 1, (0,) * len(loaders)), last=epoch + 1 == count)
        self._cadence = None

    def after_batch(self) -> None:
        """Called by the loaders. Outside of the loop, and without checkpoints, there is nothing to do."""
        if self._cadence:
            decision = self._cadence.after_batch()
            place = Place(self._epoch, tuple(loader.done for loader in self._loaders))
            self._carry_out(decision.save, decision.stop, place)

    def _begin(self, epoch: int, resumed_at: Place | None) -> None:
        """A fresh epoch has a chance of its own; one that goes on has that of its checkpoint."""
        self._epoch = epoch
        done = resumed_at.done if resumed_at else (0,) * len(self._loaders)
        for loader, batches in zip(self._loaders, done, strict=True):
            loader.start(epoch, batches)
        if not any(done):
            randomness.seed(self._seed + epoch + _RANKS * self._group.rank)

    def _end(self, place: Place, last: bool) -> None:
        if self._cadence:
            decision = self._cadence.decide()
            self._carry_out(decision.save or last, decision.stop and not last, place)

    def _carry_out(self, save: bool, stop: bool, place: Place) -> None:
        if save:
            self._save(place)
        if stop:
            self._group.leave()
            print(
                f"stopped on request, with a checkpoint in epoch {place.epoch + 1}",
                file=sys.stderr,
                flush=True,
            )
            raise SystemExit(STOPPED)

    def _save(self, place: Place) -> None:
        """Every process tells what is its own; the leader writes."""
        own = self._group.gathered({"chance": randomness.capture(), "observed": self._observations.state()})
        if self._group.leads and self._checkpoints:
            state = {
                "v": 1,
                "epoch": place.epoch,
                "resumes": self.resumes,
                "done": list(place.done),
                "parts": {name: part.state_dict() for name, part in self._parts.items()},
                "own": own,
                "history": self._history,
            }
            self._checkpoints.save(self._order(place), state)

    def _order(self, place: Place) -> int:
        longest = max((len(loader) for loader in self._loaders), default=0)
        return place.epoch * (longest + 1) + max(place.done, default=0)

    def _resume(self) -> Place:
        """The leader's newest checkpoint, in each process. One of another shape is no use: the training starts anew."""
        fresh = Place(0, (0,) * len(self._loaders))
        state = self._checkpoints.newest() if self._checkpoints and self._group.leads else None
        state = self._group.of_leader(state)
        if state is None or not self._fits(state):
            return fresh
        for name, part in self._parts.items():
            part.load_state_dict(state["parts"][name])
        own = state["own"][self._group.rank]
        randomness.restore(own["chance"])
        self._observations.restore(own["observed"])
        self._history.update(state["history"])
        self.resumed, self.resumes = state["epoch"], state["resumes"] + 1
        if self._group.leads:
            print(f"goes on in epoch {state['epoch'] + 1}, from a checkpoint", file=sys.stderr, flush=True)
        return Place(state["epoch"], tuple(state["done"]))

    def _fits(self, state: dict[str, Any]) -> bool:
        return (
            state.get("v") == 1
            and state["parts"].keys() == self._parts.keys()
            and len(state["own"]) == self._group.world
            and len(state["done"]) == len(self._loaders)
        )


@contextlib.contextmanager
def _noticing_sigterm() -> Iterator[Callable[[], bool]]:
    """SIGTERM is noted and acted on after the batch; a second one ends the process at once."""
    asked: list[int] = []
    before = signal.getsignal(signal.SIGTERM)

    def note(number: int, _: object) -> None:
        asked.append(number)
        signal.signal(number, signal.SIG_DFL)

    signal.signal(signal.SIGTERM, note)
    try:
        yield lambda: bool(asked)
    finally:
        signal.signal(signal.SIGTERM, before)
