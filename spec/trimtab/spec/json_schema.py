"""The language as a JSON Schema (2020-12), for editors and for whoever checks specs without us.

It says what the model says of shapes: keys, types, formats, short forms. Rules between sections have no place in it.
"""

from __future__ import annotations

import json
from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from trimtab.spec.model import MLSystem
from trimtab.spec.model.base import OneOf, Shorthand, camel

DIALECT = "https://json-schema.org/draft/2020-12/schema"
ADDRESS = "https://trimtab.dev/schemas/mlsystem.schema.json"


def json_schema() -> dict[str, Any]:
    schema = MLSystem.model_json_schema(by_alias=True, schema_generator=_Generator)
    return {"$schema": DIALECT, "$id": ADDRESS, "title": "MLSystem", **schema}


def schema_text() -> str:
    """As it is committed and written beside specs: always the same bytes for the same model."""
    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"


class _Generator(GenerateJsonSchema):
    """Pydantic's own, with what it cannot know: short forms, one-ofs, and that `null` is never a default."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        """Only a default that could be written: a duration's is a number in the model and a text in a spec."""
        made, default = self.generate_inner(schema["schema"]), schema.get("default")
        written = {"string": str, "integer": int, "number": float, "boolean": bool}.get(made.get("type", ""))
        return {**made, "default": default} if written and isinstance(default, written) else made

    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        made = super().model_schema(schema)
        made.pop("title", None)
        kind = schema["cls"]
        if issubclass(kind, OneOf):
            made |= _one_of(kind, made["properties"])
        return _with_short_form(kind, made) if issubclass(kind, Shorthand) else made

    def dict_schema(self, schema: core_schema.DictSchema) -> JsonSchemaValue:
        made = super().dict_schema(schema)
        if "patternProperties" in made:
            made["additionalProperties"] = False
        return made

    def function_before_schema(self, schema: core_schema.BeforeValidatorFunctionSchema) -> JsonSchemaValue:
        """A list that may be written as its only item is the one such function around a list."""
        made = self.generate_inner(schema["schema"])
        return {"anyOf": [made, made["items"]]} if made.get("type") == "array" else made


def _one_of(kind: type[OneOf], properties: dict[str, Any]) -> JsonSchemaValue:
    required = [{"required": [camel(name)]} for name in kind.variants if camel(name) in properties]
    none = {"not": {"anyOf": required}}
    return {"oneOf": [*required, none] if kind.optional else required}


def _with_short_form(kind: type[Shorthand], made: JsonSchemaValue) -> JsonSchemaValue:
    names = {str: "string", int: "integer", float: "number", list: "array", tuple: "array"}
    short = made.get("properties", {}).get(kind.short_key)
    forms = [short] if short else [{"type": names[t]} for t in kind.short_types if t in names]
    return {
        "anyOf": [*forms, made],
        **({"description": made["description"]} if "description" in made else {}),
    }
