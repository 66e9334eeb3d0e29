"""What an API server does with our CustomResourceDefinitions, as far as it can be judged without one.

`flaws` are reasons for which it would refuse a definition, `unknown` are keys that it would refuse in an object;
values are judged by jsonschema. The tests on a real API server hold these to what it really does.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from jsonschema import Draft7Validator

Schema = Mapping[str, Any]

PRESERVE = "x-kubernetes-preserve-unknown-fields"
KNOWN = frozenset(
    {
        *("type", "description", "format", "nullable", "enum", "required", "pattern"),
        *("properties", "additionalProperties", "items", "oneOf", "anyOf", "allOf", "not"),
        *("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"),
        *("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"),
    }
)
_STRUCTURE = frozenset({"type", "description", "additionalProperties", "nullable", "default"})


def schema_of(definition: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    return found


def flaws(schema: Schema, at: str = "") -> Iterator[str]:
    """Where a schema is not structural."""
    for key in schema:
        if key not in KNOWN and not key.startswith("x-kubernetes-"):
            yield f"{at}: {key} is no key of a structural schema"
    if "type" not in schema and not schema.get(PRESERVE):
        yield f"{at}: a type is missing"
    if isinstance(schema.get("type"), list):
        yield f"{at}: several types"
    if "properties" in schema and "additionalProperties" in schema:
        yield f"{at}: properties and additionalProperties exclude each other"
    if schema.get("type") == "array" and "items" not in schema:
        yield f"{at}: items are missing"
    yield from (
        flaw for word in ("oneOf", "anyOf", "allOf") for arm in schema.get(word, ()) for flaw in _arm(arm, at)
    )
    for key, inner in _children(schema):
        yield from flaws(inner, f"{at}.{key}")


def _arm(schema: Schema, at: str) -> Iterator[str]:
    for key in _STRUCTURE & schema.keys():
        yield f"{at}: {key} inside a junctor"
    arms = [*schema.get("anyOf", ()), *schema.get("allOf", ()), *([schema["not"]] if "not" in schema else [])]
    yield from (flaw for arm in arms for flaw in _arm(arm, at))


def _children(schema: Schema) -> Iterator[tuple[str, Schema]]:
    yield from schema.get("properties", {}).items()
    for key in ("items", "additionalProperties"):
        if isinstance(schema.get(key), Mapping):
            yield key, schema[key]


def refused(schema: Schema, value: Any) -> list[str]:
    """Why a value would not be taken, with `fieldValidation=Strict`."""
    wrong = [
        f"{error.json_path}: {error.message}" for error in Draft7Validator(_judged(schema)).iter_errors(value)
    ]
    return [*wrong, *unknown(schema, value)]


def unknown(schema: Schema, value: Any, at: str = "") -> Iterator[str]:
    if isinstance(value, list) and "items" in schema:
        for index, item in enumerate(value):
            yield from unknown(schema["items"], item, f"{at}[{index}]")
    if not isinstance(value, Mapping):
        return
    held = schema.get("additionalProperties")
    for key, item in value.items():
        inner = schema.get("properties", {}).get(key, held)
        if inner is not None:
            yield from unknown(inner, item, f"{at}.{key}")
        elif not schema.get(PRESERVE) and at not in ("", ".metadata"):
            yield f"{at}.{key} is unknown"


def _judged(schema: Any) -> Any:
    """As JSON Schema says it: null, and bounds that are numbers."""
    if isinstance(schema, list):
        return [_judged(item) for item in schema]
    if not isinstance(schema, Mapping):
        return schema
    made = {key: _judged(value) for key, value in schema.items() if not key.startswith("x-kubernetes-")}
    for bound, exclusive in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        if made.get(exclusive) is True:
            made[exclusive] = made.pop(bound)
    if made.pop("nullable", False) is True:
        made["type"] = [made["type"], "null"]
    return made
