"""The same schema as Kubernetes wants it in a CustomResourceDefinition: structural, whole, without references.

`kubectl explain` shows what it says, so defaults and examples, which have no place there, become part of the
descriptions. A value of several forms (a number, or a mapping) keeps its keys for `explain` and is let through as it
is. What only the language can judge (names in a map, patterns that RE2 does not know) is left to the language: nothing
that the model accepts is refused here. Defaults are never filled in: a mirror of a spec holds what was written.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from trimtab.spec.explain_path import flow

Schema = dict[str, Any]

PRESERVE = "x-kubernetes-preserve-unknown-fields"
_REF = "#/$defs/"
_KEPT = (
    "type",
    "enum",
    "minimum",
    "maximum",
    "minLength",
    "maxLength",
    "minItems",
    "maxItems",
    "minProperties",
    "maxProperties",
    "required",
    "oneOf",
)
_FORMS = {
    "string": "a text",
    "integer": "a whole number",
    "number": "a number",
    "array": "a list",
    "object": "a mapping",
}
_NOT_IN_RE2 = ("(?!", "(?=", "(?<")


def structural(schema: Schema) -> Schema:
    """`schema`, which may hold `$defs`, with every reference replaced by what it points to."""
    return _node(schema, schema.get("$defs", {}))


def _node(schema: Schema, definitions: Schema) -> Schema:
    if "$ref" in schema:
        target = definitions[schema["$ref"].removeprefix(_REF)]
        return _node(
            {**target, **{key: value for key, value in schema.items() if key != "$ref"}}, definitions
        )
    if "anyOf" in schema:
        return _of_several_forms(schema, definitions)
    if isinstance(schema.get("type"), list):
        return {**_described(schema), PRESERVE: True}
    made = _described(schema)
    made |= {key: schema[key] for key in _KEPT if key in schema}
    if "const" in schema:
        made["enum"] = [schema["const"]]
    made |= _bounds(schema) | _pattern(schema) | _together(schema)
    return made | _contents(schema, definitions)


def _of_several_forms(schema: Schema, definitions: Schema) -> Schema:
    """Without a type anything is let through; the keys of the longest form are told all the same."""
    arms = [_node(arm, definitions) for arm in schema["anyOf"]]
    keys = next((arm["properties"] for arm in arms if "properties" in arm), None)
    forms = " or ".join(dict.fromkeys(_FORMS[arm["type"]] for arm in arms))
    return {
        **_described(schema, f"Written as {forms}."),
        PRESERVE: True,
        **({"properties": keys} if keys else {}),
    }


def _described(schema: Schema, *more: str) -> Schema:
    said = [*_sentences(schema), *more]
    return {"description": " ".join(said)} if said else {}


def _sentences(schema: Schema) -> Iterator[str]:
    if schema.get("description"):
        yield schema["description"]
    default = schema.get("default")
    if "default" in schema:
        yield f"Default: {_text(default)}."
    examples = [_text(example) for example in schema.get("examples") or () if example != default]
    if examples:
        yield f"Example: {', or '.join(examples)}."


def _text(value: Any) -> str:
    """A text needs no quotes in a sentence."""
    return value if isinstance(value, str) else flow(value)


def _bounds(schema: Schema) -> Schema:
    """JSON Schema has exclusive bounds as numbers, OpenAPI as a word beside the bound."""
    made: Schema = {}
    for bound, exclusive in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        if exclusive in schema:
            made |= {bound: schema[exclusive], exclusive: True}
    return made


def _pattern(schema: Schema) -> Schema:
    pattern = schema.get("pattern")
    known = pattern is not None and not any(mark in pattern for mark in _NOT_IN_RE2)
    return {"pattern": pattern} if known else {}


def _together(schema: Schema) -> Schema:
    """Keys that go with another one: either the one is absent, or the other is there."""
    pairs = sorted(schema.get("dependentRequired", {}).items())
    return (
        {"allOf": [{"anyOf": [{"not": {"required": [key]}}, {"required": owners}]} for key, owners in pairs]}
        if pairs
        else {}
    )


def _contents(schema: Schema, definitions: Schema) -> Schema:
    """What a mapping or a list holds. A mapping of which nothing is known is kept whole, and so is a map of such mappings:
    to look at each of hundreds, only to find that it may be anything, takes an API server tens of milliseconds."""
    if "items" in schema:
        return {"items": _node(schema["items"], definitions)}
    if schema.get("type") != "object":
        return {}
    if schema.get("properties"):
        return {"properties": {key: _node(inner, definitions) for key, inner in schema["properties"].items()}}
    held = next(iter(schema.get("patternProperties", {}).values()), schema.get("additionalProperties"))
    inner = _node(held, definitions) if isinstance(held, dict) else {}
    if inner and not (PRESERVE in inner and inner.keys() <= {"description", "type", PRESERVE}):
        return {"additionalProperties": inner}
    return {} if held is False else {PRESERVE: True}
