"""The Open Inference Protocol's tensors: a request's bytes in, arrays out, and back.

Both forms are spoken: tensors within the JSON, and the binary extension, where they follow it. What a request
gets wrong is refused by name, with what would be right; nothing is cast, cut or guessed.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from trimtab.runtime.model_file import ANY, Signature, Tensor

DTYPES: Mapping[str, Any] = {
    "BOOL": np.bool_,
    "UINT8": np.uint8,
    "UINT16": np.uint16,
    "UINT32": np.uint32,
    "UINT64": np.uint64,
    "INT8": np.int8,
    "INT16": np.int16,
    "INT32": np.int32,
    "INT64": np.int64,
    "FP16": np.float16,
    "FP32": np.float32,
    "FP64": np.float64,
}
Arrays = dict[str, Any]


class Refusal(Exception):
    """The client is told `status` and the sentence."""

    def __init__(self, sentence: str, status: int = 400) -> None:
        super().__init__(sentence)
        self.status = status


@dataclass(frozen=True)
class Inference:
    """What a client asks. `wanted` maps each output it wants to whether it wants it in binary."""

    id: str
    inputs: Arrays
    wanted: Mapping[str, bool]


@dataclass(frozen=True)
class Encoded:
    """An answer's bytes. `header_length` is that of the JSON before the binary tensors; None where there are none."""

    body: bytes
    header_length: int | None


def decode(body: bytes, header_length: int | None, signature: Signature) -> Inference:
    request = _mapping(_json(body if header_length is None else body[:header_length]), "the request")
    binary = memoryview(body)[len(body) if header_length is None else header_length :]
    inputs, used = _inputs(request, binary, {t.name: t for t in signature.inputs})
    if used != len(binary):
        raise Refusal(
            f"{len(binary)} bytes of binary tensors follow the JSON, but the inputs describe {used}"
        )
    identifier = request.get("id", "")
    return Inference(str(identifier)[:200], inputs, _wanted(request, [t.name for t in signature.outputs]))


def encode(answer: Mapping[str, Any], asked: Inference, about: Mapping[str, Any]) -> Encoded:
    """`about` is what the JSON says beside the outputs: model, version, parameters."""
    outputs, blobs = [], []
    for name, in_binary in asked.wanted.items():
        array = np.ascontiguousarray(answer[name])
        row: dict[str, Any] = {"name": name, "datatype": _datatype(array), "shape": list(array.shape)}
        if in_binary:
            blobs.append(array.astype(array.dtype.newbyteorder("<"), copy=False).tobytes())
            row["parameters"] = {"binary_data_size": len(blobs[-1])}
        else:
            row["data"] = _plain(array)
        outputs.append(row)
    identifier = {"id": asked.id} if asked.id else {}
    text = json.dumps({**about, **identifier, "outputs": outputs}, separators=(",", ":")).encode()
    return Encoded(b"".join([text, *blobs]), len(text) if blobs else None)


def _json(text: bytes) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Refusal(f"the request is not JSON: {error}") from None


def _inputs(
    request: Mapping[str, Any], binary: memoryview, expected: Mapping[str, Tensor]
) -> tuple[Arrays, int]:
    found: Arrays = {}
    used = 0
    for row in _list(request.get("inputs"), "inputs"):
        tensor = _expected(_mapping(row, "an input"), expected, found)
        size = _mapping(row.get("parameters", {}), "parameters").get("binary_data_size")
        if size is None:
            found[tensor.name] = _from_list(row.get("data"), tensor, row["shape"])
        else:
            found[tensor.name] = _from_bytes(binary[used:], size, tensor, row["shape"])
            used += size
    if missing := expected.keys() - found.keys():
        raise Refusal(
            f"the input {', '.join(sorted(missing))} is missing; the model needs {_names(expected)}"
        )
    if len({len(array) for array in found.values()}) > 1:
        raise Refusal("the inputs have different batch sizes: their first dimensions should be equal")
    return found, used


def _expected(row: Mapping[str, Any], expected: Mapping[str, Tensor], found: Arrays) -> Tensor:
    name, datatype, shape = row.get("name"), row.get("datatype"), row.get("shape")
    if not isinstance(name, str) or name not in expected:
        raise Refusal(f"there is no input {name!r}; the model needs {_names(expected)}")
    if name in found:
        raise Refusal(f"the input {name} is given twice")
    tensor = expected[name]
    if datatype != tensor.datatype:
        raise Refusal(f"the input {name} is of datatype {datatype}, but the model needs {tensor.datatype}")
    if not _fits(shape, tensor.shape):
        raise Refusal(f"the input {name} has the shape {shape}, but the model needs {list(tensor.shape)}")
    return tensor


def _fits(shape: object, expected: Sequence[int]) -> bool:
    if not isinstance(shape, list) or len(shape) != len(expected):
        return False
    return all(type(n) is int and n > 0 and e in (ANY, n) for n, e in zip(shape, expected, strict=True))


def _from_list(data: object, tensor: Tensor, shape: list[int]) -> Any:
    name, dtype = tensor.name, DTYPES[tensor.datatype]
    try:
        array = np.asarray(_list(data, f"the data of {name}"))
        values = array.astype(dtype)
    except (ValueError, TypeError, OverflowError):
        raise Refusal(f"the data of {name} should be numbers, all in lists of one length") from None
    if array.dtype.kind not in _KINDS[values.dtype.kind] or (
        values.dtype.kind in "iu" and (values != array).any()
    ):
        raise Refusal(f"the data of {name} holds values that are not of {tensor.datatype}")
    if values.size != math.prod(shape):
        raise Refusal(
            f"the data of {name} holds {values.size} values, but its shape {shape} needs {math.prod(shape)}"
        )
    return values.reshape(shape)


_KINDS = {"b": "b", "i": "iu", "u": "iu", "f": "iuf"}
"""By the kind of a datatype: which kinds of JSON values are of it."""


def _from_bytes(data: memoryview, size: object, tensor: Tensor, shape: list[int]) -> Any:
    dtype = np.dtype(DTYPES[tensor.datatype]).newbyteorder("<")
    needed = math.prod(shape) * dtype.itemsize
    if size != needed or len(data) < needed:
        raise Refusal(f"the binary data of {tensor.name} should have {needed} bytes for its shape {shape}")
    return np.frombuffer(data[:needed], dtype).reshape(shape).astype(DTYPES[tensor.datatype])


def _wanted(request: Mapping[str, Any], outputs: Sequence[str]) -> dict[str, bool]:
    parameters = _mapping(request.get("parameters", {}), "parameters")
    binary = parameters.get("binary_data_output") is True
    asked = _list(request.get("outputs") or [{"name": name} for name in outputs], "outputs")
    wanted: dict[str, bool] = {}
    for row in asked:
        name = _mapping(row, "an output").get("name")
        if not isinstance(name, str) or name not in outputs:
            raise Refusal(f"there is no output {name!r}; the model gives {', '.join(outputs)}")
        given = _mapping(row.get("parameters", {}), "parameters")
        wanted[name] = bool(given.get("binary_data", binary))
    return wanted


def _plain(array: Any) -> list[Any]:
    """Flat, in row-major order. JSON can't say NaN: such a value is null."""
    values: list[Any] = array.ravel().tolist()
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        return [value if math.isfinite(value) else None for value in values]
    return values


def _datatype(array: Any) -> str:
    return next(name for name, dtype in DTYPES.items() if array.dtype == dtype)


def _mapping(value: object, what: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise Refusal(f"{what} should be a JSON object")
    return value


def _list(value: object, what: str) -> list[Any]:
    if not isinstance(value, list):
        raise Refusal(f"{what} should be a list")
    return value


def _names(tensors: Mapping[str, Tensor]) -> str:
    return ", ".join(f"{t.name} ({t.datatype} {list(t.shape)})" for t in tensors.values())
