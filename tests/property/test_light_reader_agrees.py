"""The light reader and the pydantic model accept the same specs, and read the same values out of them."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from trimtab.spec.model import MLSystem
from trimtab.spec.model.anatomy import fields_of
from trimtab.spec.model.base import Model
from trimtab.spec.model.platform import MLPlatform
from trimtab.spec.shape.build import build, new
from trimtab.spec.shape.generate import models_below, table_text
from trimtab.spec.shape.places import below
from trimtab.spec.shape.table import TABLE
from trimtab.spec.yaml_reader import read

ROOT = Path(__file__).parents[2]
MODELS = models_below(MLSystem) | models_below(MLPlatform)
SPECS = [
    tree
    for path in (
        *sorted((ROOT / "tests" / "unit" / "spec_model" / "specs").glob("*.yaml")),
        ROOT / "examples" / "digits" / "mlsystem.yaml",
    )
    if (tree := read(path.read_text(encoding="utf-8"), path.name).tree)
]
WORDS = [
    "10m", "12h", "1Gi", "50ms", "70%", "101%", "x", "a b", "", "local", "s3://a", "@daily", "* * * * *", "61 0 0 0 0",
    "2027-01-31", "../x", "a/b", "group:x", "H100", "example.com", "example.com:443", "[", "arn:aws:x", "none", "7B",
]  # fmt: skip
SCALARS: st.SearchStrategy[Any] = (
    st.none()
    | st.booleans()
    | st.integers(-3, 70000)
    | st.floats(-2, 200, allow_nan=False)
    | st.sampled_from(WORDS)
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*WORDS, "min", "max", "uri"]), inner)
    ),
    max_leaves=5,
)


def same(typed: Any, light: Any) -> bool:
    if isinstance(typed, Model):
        if type(typed).__name__ != type(light).__name__:
            return False
        fields = type(typed).model_fields
        written = [key for key, field in fields.items() if getattr(typed, key) != field.get_default()]
        return written == [key for key, _ in light.written()] and all(
            same(getattr(typed, key), getattr(light, key)) for key in fields
        )
    if isinstance(typed, Mapping):
        return typed.keys() == light.keys() and all(same(typed[key], light[key]) for key in typed)
    if isinstance(typed, tuple):
        return len(typed) == len(light) and all(map(same, typed, light))
    return bool(type(typed) is type(light) and typed == light)


def agree(model: type[Model], tree: Any) -> bool:
    light = build(copy.deepcopy(tree), model.__name__)
    try:
        typed = model.model_validate(copy.deepcopy(tree))
    except ValidationError:
        return light is None
    return light is not None and same(typed, light)


def places(tree: Any, at: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    items = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    return [at, *(place for key, value in items for place in places(value, (*at, key)))]


def put(tree: Any, at: tuple[str | int, ...], value: Any) -> Any:
    """A copy of `tree` with `value` at a place; `DELETED` takes the key away."""
    if not at:
        return value
    made = copy.copy(tree)
    if len(at) == 1 and value is DELETED:
        del made[at[0]]
    else:
        made[at[0]] = put(made[at[0]], at[1:], value)
    return made


DELETED = object()


@given(st.data())
@settings(max_examples=120, suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_they_agree_on_specs_with_slips(data: st.DataObject) -> None:
    tree: Any = data.draw(st.sampled_from(SPECS))
    for _ in range(data.draw(st.integers(0, 2))):
        at = data.draw(st.sampled_from(places(tree)))
        value = data.draw(VALUES | st.just(DELETED))
        if not at or (value is DELETED and not isinstance(at[-1], str)):
            continue
        tree = put(tree, at, value)
    assert agree(MLSystem, tree)


def _trees(model: type[Model]) -> st.SearchStrategy[dict[str, Any]]:
    """Mappings of this class: examples of its keys, and what is none of them."""
    kinds = {
        key: st.sampled_from(field.examples or [None]) | SCALARS | VALUES
        for key, field in fields_of(model).items()
    }
    required = {key: kind for key, kind in kinds.items() if fields_of(model)[key].is_required()}
    optional = {key: kind for key, kind in kinds.items() if key not in required}
    return st.fixed_dictionaries(required, optional=optional) | st.dictionaries(
        st.sampled_from(WORDS), VALUES
    )


@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
@given(data=st.data())
@settings(max_examples=8, suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_they_agree_on_each_mapping_of_the_language(model: type[Model], data: st.DataObject) -> None:
    assert agree(model, data.draw(_trees(model) | VALUES))


@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
def test_they_agree_on_every_example(model: type[Model]) -> None:
    whole = {
        key: field.examples[0]
        for key, field in fields_of(model).items()
        if field.is_required() and field.examples
    }
    for key, field in fields_of(model).items():
        for value in field.examples or ():
            assert agree(model, {**whole, key: value}), key


@given(VALUES)
@example(3)
@example(True)
def test_they_agree_on_short_forms(value: Any) -> None:
    for name, (_, _, _, _, short_form, _) in TABLE.items():
        if short_form:
            assert agree(MODELS[name], value), name


def test_a_final_newline_is_no_end() -> None:
    assert agree(MODELS["Sharing"], {"mig": "1g.5gb"})
    assert build({"mig": "1g.5gb"}, "Sharing") is not None
    assert agree(MODELS["Sharing"], {"mig": "1g.5gb\n"})
    assert build({"mig": "1g.5gb\n"}, "Sharing") is None


def test_the_table_is_current() -> None:
    path = ROOT / "spec" / "trimtab" / "spec" / "shape" / "table.py"
    assert path.read_text(encoding="utf-8") == table_text(), "run tools/generate.py"


def test_defaults_alone_are_the_models() -> None:
    for name, model in MODELS.items():
        if not any(field.is_required() for field in model.model_fields.values()) and not TABLE[name][1]:
            assert same(model.model_validate({}), new(name)), name


def test_what_stands_below_is_what_the_model_says() -> None:
    assert below(("model", "Spec"), "training") == ("map", ("text", "name", ()), ("model", "Training"), ())
    assert below(("model", "Training"), "params") == ("map", ("str", ()), ("any",), ())
    assert below(("model", "Spec"), "nope") is None
