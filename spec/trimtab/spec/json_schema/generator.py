"""Pydantic's own schema generator, with what it cannot know of our language.

Short forms, one-ofs, defaults as they are written, snippets for editors; `null` is never a default.
"""

from __future__ import annotations

from typing import Any

from pydantic.fields import FieldInfo
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from trimtab.spec.model.anatomy import default_of, fields_of, is_map, model_of
from trimtab.spec.model.base import Model, OneOf, Shorthand, camel

_JSON_TYPES = {str: "string", int: "integer", float: "number"}


class Generator(GenerateJsonSchema):
    """One schema for each class of the model."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        """The model's defaults are numbers where a spec has texts; `_described` writes the latter."""
        return self.generate_inner(schema["schema"])

    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        made = super().model_schema(schema)
        made.pop("title", None)
        kind: type[Model] = schema["cls"]
        for key, field in fields_of(kind).items():
            made["properties"][key] |= _described(key, field)
        if issubclass(kind, OneOf):
            made |= _one_of(kind)
        return _with_short_form(kind, made) if issubclass(kind, Shorthand) else made

    def dict_schema(self, schema: core_schema.DictSchema) -> JsonSchemaValue:
        """Names that do not fit the pattern are errors."""
        made = super().dict_schema(schema)
        if "patternProperties" in made:
            made["additionalProperties"] = False
        return made

    def function_before_schema(self, schema: core_schema.BeforeValidatorFunctionSchema) -> JsonSchemaValue:
        """A list that may be written as its only item is the one such function around a list."""
        made = self.generate_inner(schema["schema"])
        return {"anyOf": [made, made["items"]]} if made.get("type") == "array" else made


def _described(key: str, field: FieldInfo) -> JsonSchemaValue:
    """What editors show of a key and offer for its value."""
    found: JsonSchemaValue = {"description": field.description, "examples": field.examples}
    if (default := default_of(field)) not in (None, "", [], {}):
        found["default"] = default
    body = next((e for e in field.examples or () if isinstance(e, dict) and e), None)
    if (body and model_of(field.annotation)) or (is_map(field.annotation) and body):
        found["defaultSnippets"] = [
            {"label": key, "description": field.description, "body": _body(field, body)}
        ]
    return found


def _body(field: FieldInfo, example: dict[str, Any]) -> dict[str, Any]:
    """The example, its names as places to fill in."""
    if not is_map(field.annotation):
        return example
    return {f"${{{n}:{name}}}": value for n, (name, value) in enumerate(example.items(), 1)}


def _one_of(kind: type[OneOf]) -> JsonSchemaValue:
    required = [{"required": [camel(name)]} for name in kind.variants]
    made: JsonSchemaValue = {
        "oneOf": [*required, {"not": {"anyOf": required}}] if kind.optional else required
    }
    if kind.beside:
        made["dependentRequired"] = {camel(key): [camel(owner)] for key, owner in kind.beside.items()}
    return made


def _with_short_form(kind: type[Shorthand], made: JsonSchemaValue) -> JsonSchemaValue:
    short = made["properties"].get(kind.short_key)
    plain = {key: short[key] for key in ("type", "pattern", "minimum") if short and key in short}
    form = plain or {"type": _JSON_TYPES[kind.short_type]}
    return {"description": made.get("description", ""), "anyOf": [form, made]}
