"""Tensors of the Open Inference Protocol, in JSON and in binary: what goes in comes out, and what is wrong is named."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from model_servers import SUMMING, request

from trimtab.runtime import protocol
from trimtab.runtime.model_file import Signature, Tensor
from trimtab.runtime.protocol import DTYPES, Inference, Refusal


def decoded(value: Any) -> Inference:
    return protocol.decode(json.dumps(value).encode(), None, SUMMING)


def test_json_becomes_arrays_of_the_models_types() -> None:
    asked = decoded({"id": "7", **request((1, 2, 3), (4, 5, 6))})
    assert asked.id == "7"
    assert asked.inputs["x"].tolist() == [[1, 2], [4, 5]]
    assert (asked.inputs["x"].dtype, asked.inputs["n"].dtype) == (np.float32, np.int64)
    assert asked.wanted == {"sum": False, "big": False}


def test_nested_lists_are_as_good_as_flat_ones() -> None:
    value = request((1, 2, 3))
    value["inputs"][0]["data"] = [[1, 2]]
    assert decoded(value).inputs["x"].tolist() == [[1, 2]]


def test_the_answer_holds_what_was_asked_for_in_that_order() -> None:
    asked = decoded({**request((1, 2, 3)), "outputs": [{"name": "big"}, {"name": "sum"}]})
    answer = {"sum": np.array([6], np.float32), "big": np.array([False])}
    encoded = protocol.encode(answer, asked, {"model_name": "summing"})
    assert encoded.header_length is None
    assert json.loads(encoded.body) == {
        "model_name": "summing",
        "outputs": [
            {"name": "big", "datatype": "BOOL", "shape": [1], "data": [False]},
            {"name": "sum", "datatype": "FP32", "shape": [1], "data": [6.0]},
        ],
    }


def test_nan_is_null_for_json_has_no_word_for_it() -> None:
    encoded = protocol.encode({"a": np.array([1, np.nan, np.inf])}, Inference("", {}, {"a": False}), {})
    assert json.loads(encoded.body)["outputs"][0]["data"] == [1, None, None]


@pytest.mark.parametrize("datatype", DTYPES)
@given(data=st.data())
def test_any_array_survives_the_binary_form(datatype: str, data: st.DataObject) -> None:
    shape = data.draw(arrays.array_shapes(min_dims=1, max_dims=3))
    array = data.draw(arrays.arrays(DTYPES[datatype], shape))
    signature = Signature((Tensor("a", datatype, (-1,) * array.ndim),), (Tensor("a", datatype, (-1,)),))

    encoded = protocol.encode({"a": array}, Inference("", {}, {"a": True}), {})
    header = json.loads(encoded.body[: encoded.header_length])
    header["inputs"] = header.pop("outputs")
    text = json.dumps(header).encode()
    body = text + encoded.body[encoded.header_length :]
    back = protocol.decode(body, len(text), signature).inputs["a"]
    assert back.dtype == array.dtype
    assert back.tobytes() == array.tobytes()


def _without(value: dict[str, Any], index: int) -> dict[str, Any]:
    return {"inputs": [row for i, row in enumerate(value["inputs"]) if i != index]}


def _with(index: int, **changes: Any) -> dict[str, Any]:
    value = request((1, 2, 3))
    value["inputs"][index].update(changes)
    return value


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        ([], "the request should be a JSON object"),
        ({}, "inputs should be a list"),
        ({"inputs": [5]}, "an input should be a JSON object"),
        (_without(request((1, 2, 3)), 1), r"the input n is missing; the model needs x \(FP32 \[-1, 2\]\), n"),
        (_with(0, name="y"), r"there is no input 'y'; the model needs x \(FP32"),
        (_with(1, name="x", datatype="FP32", shape=[1, 2]), "the input x is given twice"),
        (_with(0, datatype="FP64"), "of datatype FP64, but the model needs FP32"),
        (_with(0, shape=[1, 3]), r"has the shape \[1, 3\], but the model needs \[-1, 2\]"),
        (_with(0, shape=[2]), r"has the shape \[2\]"),
        (_with(0, shape=[0, 2], data=[]), r"has the shape \[0, 2\]"),
        (_with(0, shape=[True, 2]), "has the shape"),
        (_with(0, shape="12"), "has the shape 12"),
        (_with(0, data=[1]), "holds 1 values, but its shape"),
        (_with(0, data=None), "the data of x should be a list"),
        (_with(0, data=[1, "two"]), "the data of x"),
        (_with(0, data=[1, None]), "the data of x"),
        (_with(0, data=[[1], [2, 3]]), "all in lists of one length"),
        (_with(1, data=[1.5]), "values that are not of INT64"),
        (_with(1, data=[True]), "values that are not of INT64"),
        (_with(1, data=[2**70]), "the data of n"),
        (_with(1, shape=[2], data=[1, 2]), "different batch sizes"),
        (_with(0, parameters={"binary_data_size": 8}), "binary data of x should have 8 bytes"),
        ({**request((1, 2, 3)), "outputs": [{"name": "mean"}]}, "there is no output 'mean'; the model gives sum, big"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_with_what_would_be_right(value: Any, sentence: str) -> None:
    with pytest.raises(Refusal, match=sentence) as refusal:
        decoded(value)
    assert refusal.value.status == 400


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[" * 100_000])
def test_what_is_not_json_is_refused(body: bytes) -> None:
    with pytest.raises(Refusal, match="not JSON"):
        protocol.decode(body, None, SUMMING)


def test_binary_that_nobody_described_is_refused() -> None:
    text = json.dumps(request((1, 2, 3))).encode()
    with pytest.raises(Refusal, match="4 bytes of binary tensors follow the JSON, but the inputs describe 0"):
        protocol.decode(text + b"1234", len(text), SUMMING)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(["x", "n", "FP32", "INT64"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["inputs", "outputs", "name", "datatype", "shape", "data", "parameters"]), inner
        )
    ),
    max_leaves=20,
)


@given(JSON, st.binary(max_size=20))
def test_no_request_does_more_than_be_refused(value: Any, binary: bytes) -> None:
    text = json.dumps(value).encode()
    with pytest.raises(Refusal):
        protocol.decode(text + binary, len(text), SUMMING)
