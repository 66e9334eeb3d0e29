"""What a place in the spec holds, by looking at the model's classes: for overlays, `explain` and schemas.

A kind is an annotation of the model (`Mapping[Name, Training]`, `Maybe[Replicas]`); these functions take it apart.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic.fields import FieldInfo

from trimtab.spec.model.base import Model, camel
from trimtab.spec.model.values import Text


def bare(kind: Any) -> Any:
    """The kind without what annotates it and without `| None`."""
    while True:
        origin = get_origin(kind)
        if origin is Annotated:
            kind = get_args(kind)[0]
        elif origin in (Union, UnionType) and NoneType in get_args(kind):
            kind = next(arm for arm in get_args(kind) if arm is not NoneType)
        else:
            return kind


def model_of(kind: Any) -> type[Model] | None:
    kind = bare(kind)
    return kind if isinstance(kind, type) and issubclass(kind, Model) else None


def item_of(kind: Any) -> Any:
    """What a map or list holds; None for anything else."""
    kind = bare(kind)
    if get_origin(kind) is Mapping:
        return get_args(kind)[1]
    return get_args(kind)[0] if get_origin(kind) is tuple else None


def is_map(kind: Any) -> bool:
    return get_origin(bare(kind)) is Mapping


def text_of(field: FieldInfo) -> Text | None:
    """What is known of the texts that a field holds; None where it holds something else."""
    kind: Any = field.annotation
    found = [m for m in field.metadata if isinstance(m, Text)]
    while not found and (get_origin(kind) is Annotated or NoneType in get_args(kind)):
        found = [m for m in getattr(kind, "__metadata__", ()) if isinstance(m, Text)]
        kind = next(arm for arm in get_args(kind) if arm is not NoneType)
    return found[0] if found else None


def default_of(field: FieldInfo) -> Any:
    """The default as it would be written in a spec; None where there is none to write."""
    default, text = field.default, text_of(field)
    if field.is_required() or default is None or isinstance(default, Model):
        return None
    if isinstance(default, tuple):
        return list(default)
    return text.write(default) if text else default


@cache
def fields_of(model: type[Model]) -> Mapping[str, FieldInfo]:
    """The fields of a class by their keys in the spec."""
    return {camel(name): field for name, field in model.model_fields.items()}


def child(kind: Any, key: str | int) -> Any:
    """The kind of what stands at `key` below `kind`; None where the model does not say."""
    model = model_of(kind)
    if model is None:
        return item_of(kind)
    field = fields_of(model).get(str(key))
    return field.annotation if field else None
