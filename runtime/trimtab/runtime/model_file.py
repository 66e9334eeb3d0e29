"""`model.json`: what a saved model is fed with and what it gives, in the Open Inference Protocol's words.

It lies beside the model itself, so that a server can answer for a model's inputs without running it.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from trimtab.runtime import atomic
from trimtab.runtime.complaint import Complaint

NAME = "model.json"
PROGRAM = "model.pt2"
ANY = -1
"""A dimension of any size: the first of each tensor, the batch."""


@dataclass(frozen=True)
class Tensor:
    name: str
    datatype: str
    shape: tuple[int, ...]


@dataclass(frozen=True)
class Signature:
    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]

    def write(self, folder: Path) -> None:
        atomic.write(folder / NAME, json.dumps({"v": 1, **asdict(self)}, indent=1).encode() + b"\n")

    @classmethod
    def read(cls, folder: Path) -> Signature:
        try:
            data = json.loads((folder / NAME).read_bytes())
            return cls(_tensors(data["inputs"]), _tensors(data["outputs"]))
        except FileNotFoundError:
            raise Complaint(
                f"there is no model in {folder}: save one with run.save(model, example=...)"
            ) from None
        except (ValueError, KeyError, TypeError) as error:
            raise Complaint(f"{folder / NAME} does not describe a model: {error!r}") from None


def _tensors(rows: list[dict[str, Any]]) -> tuple[Tensor, ...]:
    return tuple(Tensor(row["name"], row["datatype"], tuple(row["shape"])) for row in rows)
