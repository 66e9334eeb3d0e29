"""A saved model, loaded: named tensors in, named tensors out. It runs the exported program, never code of a pickle."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from trimtab.runtime.complaint import Complaint
from trimtab.runtime.exporting import named
from trimtab.runtime.model_file import PROGRAM, Signature


class TorchModel:
    def __init__(self, folder: Path) -> None:
        self.signature = Signature.read(folder)
        try:
            self._program = torch.export.load(folder / PROGRAM).module()
        except Exception as error:
            raise Complaint(f"the model {folder / PROGRAM} can't be loaded: {error}") from error
        self._names = [tensor.name for tensor in self.signature.outputs]

    def __call__(self, **tensors: Any) -> dict[str, Any]:
        with torch.inference_mode():
            return named(self._program(**tensors), self._names)
