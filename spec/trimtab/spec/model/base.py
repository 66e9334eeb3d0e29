"""What every part of the model has in common: strictness, naming, and one way to say "one of these".

The model checks shape alone: keys, types, formats. What needs a second place in the spec to be judged is a
rule (`trimtab.spec.rules`). There are no unions: a `OneOf` is one class with an optional field for each
variant, so that an error is found inside the variant that was written, at a path that exists in the text.

Error types of our own, besides pydantic's (each with its context):
- `format` (kind, given, example): a text that does not read as what it must be;
- `shape` (expected): a value that is none of the kinds of value allowed here;
- `one_of_missing` (choices), `one_of_conflict` (found): no variant of a one-of, or several;
- `goes_with` (key, owner): a key that means something beside one variant only.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Self, TypeVar

from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler, Strict, model_validator
from pydantic.config import JsonDict
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from trimtab.spec.shape.facts import Choice
from trimtab.spec.shape.short_forms import SHORT_FORMS

T = TypeVar("T")
K = TypeVar("K")


def camel(name: str) -> str:
    """How an attribute is written in a spec. A trailing underscore dodges Python's keywords."""
    head, *rest = name.rstrip("_").split("_")
    return head + "".join(part.capitalize() for part in rest)


class Model(BaseModel):
    """A mapping of the spec. Immutable, closed, strict; written in camelCase."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        strict=True,
        alias_generator=camel,
        validate_by_alias=True,
        validate_by_name=False,
        defer_build=True,
        protected_namespaces=(),
    )


class NotNull:
    """Optional means "may be left out". A written `null` is an error: it removes, and only in an override."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        schema = handler(source)
        return schema["schema"] if schema["type"] == "nullable" else schema


CLUSTER: JsonDict = {"x-known-to": "cluster"}
"""Marks a name that only the cluster knows; it is checked against the cluster's capabilities, not here."""

Maybe = Annotated[T | None, NotNull()]
List = Annotated[tuple[T, ...], Strict(False)]
Map = Mapping[K, T]


class Rewritten(Model):
    """A mapping of which a part may be left out, or all be written shorter: `expands` names the short form."""

    expands: ClassVar[str]

    @model_validator(mode="before")
    @classmethod
    def _expanded(cls, tree: Any) -> Any:
        return SHORT_FORMS[cls.expands](tree)


class Shorthand(Rewritten):
    """A mapping that may be written as the one value that most people want: `replicas: 3`.

    Then `short_type` is its type, `short_key` the key it stands for, and `short_form` says so to people.
    """

    short_type: ClassVar[type] = str
    short_key: ClassVar[str] = ""
    short_form: ClassVar[str] = ""

    @model_validator(mode="before")
    @classmethod
    def _in_one_of_two_forms(cls, tree: Any) -> Any:
        if isinstance(tree, bool) or not isinstance(tree, (Mapping, cls, cls.short_type)):
            raise PydanticCustomError("shape", "expected {expected}", {"expected": cls.short_form})
        return tree


class Many:
    """A list that may be written as its only item."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_before_validator_function(_many, handler(source))


def _many(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


OneOrMany = Annotated[tuple[T, ...], Strict(False), Many()]


class OneOf(Choice, Model):
    """A mapping of which exactly one of `variants` must be written (or at most one, where `optional`).

    `beside` maps a further key to the variant that gives it meaning.
    """

    variants: ClassVar[tuple[str, ...]] = ()
    optional: ClassVar[bool] = False
    beside: ClassVar[Mapping[str, str]] = {}

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        found = [v for v in self.variants if getattr(self, v) is not None]
        if len(found) > 1:
            raise PydanticCustomError(
                "one_of_conflict", "only one of {found} may be written", {"found": _listed(found)}
            )
        if not found and not self.optional:
            raise PydanticCustomError(
                "one_of_missing", "one of {choices} must be written", {"choices": _listed(self.variants)}
            )
        for key, owner in self.beside.items():
            if key in self.model_fields_set and owner not in found:
                context = {"key": camel(key), "owner": camel(owner)}
                raise PydanticCustomError("goes_with", "{key} goes with {owner} only", context)
        return self


def _listed(names: list[str] | tuple[str, ...]) -> list[str]:
    return [camel(name) for name in names]
