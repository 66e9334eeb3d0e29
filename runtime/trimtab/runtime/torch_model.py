"""A saved model, loaded: named tensors in, named tensors out. It runs the exported program, never code of a pickle."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from trimtab.runtime.complaint import Complaint
from trimtab.runtime.exporting import DATATYPES, named
from trimtab.runtime.model_file import PROGRAM, Signature


class TorchModel:
    def __init__(self, folder: Path) -> None:
        self.signature = Signature.read(folder)
        try:
            self._program = torch.export.load(folder / PROGRAM).module()
        except Exception as error:
            raise Complaint(f"the model {folder / PROGRAM} can't be loaded: {error}") from error
        self._inputs = self.signature.inputs
        self._names = [tensor.name for tensor in self.signature.outputs]

    def infer(self, inputs: Mapping[str, Any]) -> dict[str, Any]:
        """As `__call__`, for numpy's arrays."""
        answer = self(**{name: torch.from_numpy(array) for name, array in inputs.items()})
        return {name: tensor.numpy() for name, tensor in answer.items()}

    def warm_up(self) -> None:
        """The first inference takes far longer than the next: not in front of a client."""
        self(
            **{
                t.name: torch.zeros([max(n, 1) for n in t.shape], dtype=DATATYPES[t.datatype])
                for t in self._inputs
            }
        )

    def __call__(self, **tensors: Any) -> dict[str, Any]:
        with torch.inference_mode():
            return named(self._program(**tensors), self._names)
