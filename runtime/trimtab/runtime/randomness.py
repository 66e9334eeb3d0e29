"""Every source of chance that a training draws from: seeded, taken into a checkpoint, and put back.

The states are plain lists and tensors, so that a checkpoint can be read without trusting it with code.
"""

from __future__ import annotations

import random
import sys
from typing import Any

import torch

State = dict[str, Any]

_SEEDS = 2**32
"""numpy takes no larger seed."""


def seed(number: int) -> None:
    random.seed(number)
    torch.manual_seed(number)  # of every device
    if numpy := sys.modules.get("numpy"):
        numpy.random.seed(number % _SEEDS)


def capture() -> State:
    state: State = {"python": random.getstate(), "torch": torch.get_rng_state()}
    if torch.cuda.is_available():
        state["cuda"] = torch.cuda.get_rng_state()
    if numpy := sys.modules.get("numpy"):
        name, keys, *rest = numpy.random.get_state()
        state["numpy"] = (name, keys.tolist(), *rest)
    return state


def restore(state: State) -> None:
    random.setstate(state["python"])
    torch.set_rng_state(state["torch"])
    if "cuda" in state and torch.cuda.is_available():
        torch.cuda.set_rng_state(state["cuda"])
    if "numpy" in state and (numpy := sys.modules.get("numpy")):
        numpy.random.set_state(state["numpy"])
