"""Every field of the language explains itself: a description, and an example that the field really accepts."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pydantic import TypeAdapter
from pydantic.fields import FieldInfo

from trimtab.spec.model import MLSystem
from trimtab.spec.model.anatomy import bare, item_of, model_of
from trimtab.spec.model.base import Model, OneOf, camel
from trimtab.spec.model.platform import MLPlatform


def models(root: type[Model]) -> dict[str, type[Model]]:
    found: dict[str, type[Model]] = {}

    def visit(kind: object) -> None:
        while (item := item_of(kind)) is not None:
            kind = item
        model = model_of(kind)
        if model and model.__name__ not in found:
            found[model.__name__] = model
            for field in model.model_fields.values():
                visit(field.annotation)

    visit(root)
    return found


MODELS = models(MLSystem) | models(MLPlatform)


def fields() -> Iterator[tuple[str, FieldInfo]]:
    for name, model in MODELS.items():
        for key, field in model.model_fields.items():
            yield f"{name}.{camel(key)}", field


@pytest.mark.parametrize(("name", "field"), list(fields()))
def test_field_explains_itself(name: str, field: FieldInfo) -> None:
    assert field.description, name
    assert not field.description[0].islower(), name
    assert field.description.endswith("."), name
    assert field.examples, f"{name} has no example"


@pytest.mark.parametrize(("name", "field"), list(fields()))
def test_examples_are_accepted(name: str, field: FieldInfo) -> None:
    annotated = TypeAdapter(field.rebuild_annotation())
    for example in field.examples or []:
        annotated.validate_python(example)


@pytest.mark.parametrize(
    "model", [m for m in MODELS.values() if issubclass(m, OneOf)], ids=lambda m: m.__name__
)
def test_variants_are_fields_that_may_be_left_out(model: type[OneOf]) -> None:
    assert model.variants
    for key in (*model.variants, *model.beside, *model.beside.values()):
        assert not model.model_fields[key].is_required()


@pytest.mark.parametrize("model", MODELS.values(), ids=lambda m: m.__name__)
def test_every_mapping_says_what_it_is(model: type[Model]) -> None:
    assert model.__doc__
    assert model.__doc__ != Model.__doc__


def test_optional_keys_accept_no_null() -> None:
    assert bare(MLSystem.model_fields["spec"].annotation) is not None
    for name, field in fields():
        if type(None) in getattr(field.annotation, "__args__", ()):
            with pytest.raises(ValueError, match=r".+"):
                TypeAdapter(field.rebuild_annotation()).validate_python(None)
            assert field.default is None, name
