"""Saving a model so that it can be served without the code it was written in: torch.export, for any batch size."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch.nn.parallel import DistributedDataParallel

from trimtab.runtime import atomic
from trimtab.runtime.complaint import Complaint
from trimtab.runtime.model_file import ANY, PROGRAM, Signature, Tensor

DATATYPES: Mapping[str, Any] = {
    "BOOL": torch.bool,
    "UINT8": torch.uint8,
    "INT8": torch.int8,
    "INT16": torch.int16,
    "INT32": torch.int32,
    "INT64": torch.int64,
    "FP16": torch.float16,
    "FP32": torch.float32,
    "FP64": torch.float64,
}
_NAMES = {dtype: name for name, dtype in DATATYPES.items()}


def export(model: Any, example: Mapping[str, Any], folder: Path, outputs: Sequence[str] = ()) -> Signature:
    """Write the model and its signature. `example` names the arguments of `forward`; their first dimension is the batch."""
    whole = _alone(model).cpu().eval()
    fed = {name: _pair(name, tensor) for name, tensor in example.items()}
    try:
        program = torch.export.export(whole, (), fed, dynamic_shapes=_any_batch(fed))
        with torch.inference_mode():
            answer = named(program.module()(**fed), outputs)
    except Exception as error:
        raise Complaint(f"the model can't be exported: {_first_line(error)}") from error
    signature = Signature(_tensors(fed), _tensors(answer))
    folder.mkdir(parents=True, exist_ok=True)
    draft = folder / f".{PROGRAM}"  # the suffix is part of what torch checks
    torch.export.save(program, draft)
    atomic.commit(draft, folder / PROGRAM)
    signature.write(folder)
    return signature


def named(answer: Any, names: Sequence[str] = ()) -> dict[str, Any]:
    """A model's answer as tensors by name: its own names where it returns a dictionary, else those given."""
    if isinstance(answer, Mapping):
        return dict(answer)
    tensors = list(answer) if isinstance(answer, list | tuple) else [answer]
    names = list(names) or (["output"] if len(tensors) == 1 else [f"output{i}" for i in range(len(tensors))])
    if len(names) != len(tensors):
        raise ValueError(f"it gives {len(tensors)} outputs, but {len(names)} names are given")
    return dict(zip(names, tensors, strict=True))


def _alone(model: Any) -> Any:
    """A copy without the wrappers that keep several processes equal, wherever in the model they are."""
    wrappers = [part for part in model.modules() if isinstance(part, DistributedDataParallel)]
    return copy.deepcopy(model, {id(wrapper): copy.deepcopy(wrapper.module) for wrapper in wrappers})


def _pair(name: str, tensor: Any) -> Any:
    """At least two rows: of a batch of one, torch would conclude that there is never another."""
    if not isinstance(tensor, torch.Tensor) or tensor.ndim == 0 or len(tensor) == 0:
        raise Complaint(f"the example {name} should be a tensor whose first dimension is the batch")
    tensor = tensor.detach().cpu()
    return tensor[:2].clone() if len(tensor) > 1 else torch.cat([tensor, tensor])


def _any_batch(fed: Mapping[str, Any]) -> dict[str, Any]:
    batch = torch.export.Dim("batch")
    return {name: {0: batch} for name in fed}


def _tensors(tensors: Mapping[str, Any]) -> tuple[Tensor, ...]:
    return tuple(_describe(name, tensor) for name, tensor in tensors.items())


def _describe(name: str, tensor: Any) -> Tensor:
    if not isinstance(tensor, torch.Tensor) or tensor.dtype not in _NAMES or tensor.ndim == 0:
        raise Complaint(
            f"{name} can't be served: it should be a tensor with a batch dimension, of {', '.join(DATATYPES)}"
        )
    return Tensor(name, _NAMES[tensor.dtype], (ANY, *tensor.shape[1:]))


def _first_line(error: Exception) -> str:
    return next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)
