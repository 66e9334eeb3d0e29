"""The schema of `environments.<name>.overrides`: every part of the spec, nothing of it required, `null` to remove."""

from __future__ import annotations

from typing import Any

from trimtab.spec.stages import FIXED

_REF = "#/$defs/"
_PREFIX = "Partial"
_KEPT = frozenset(
    {"type", "description", "additionalProperties", "pattern", "enum", "const", "items", "minimum", "maximum"}
)
Schema = dict[str, Any]


def with_typed_overrides(schema: Schema) -> Schema:
    """`schema` with a partial twin of each definition that an override may hold a part of."""
    definitions: Schema = schema["$defs"]
    partial: Schema = {}
    waiting = ["Spec"]
    while waiting:
        name = waiting.pop()
        if _PREFIX + name not in partial:
            partial[_PREFIX + name] = _partial(definitions[name], waiting)
    for key in FIXED:
        partial["PartialSpec"]["properties"].pop(key, None)
    overrides = definitions["Environment"]["properties"]["overrides"]
    own = {k: v for k, v in overrides.items() if k in ("description", "examples")}
    environment = definitions["Environment"]
    changed = {**environment["properties"], "overrides": {"$ref": _REF + "PartialSpec", **own}}
    reached = _reached(partial, definitions)
    return {
        **schema,
        "$defs": {**definitions, "Environment": {**environment, "properties": changed}, **reached},
    }


def _reached(partial: Schema, definitions: Schema) -> Schema:
    """Without the twins that only a key which cannot be overridden pointed to."""
    found: Schema = {}
    waiting = ["PartialSpec"]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found[name] = partial[name]
            waiting += [r for r in _references(partial[name]) if r in partial]
    return dict(sorted(found.items()))


def _references(schema: Any) -> list[str]:
    if isinstance(schema, list):
        return [name for item in schema for name in _references(item)]
    if not isinstance(schema, dict):
        return []
    own = [schema["$ref"].removeprefix(_REF)] if "$ref" in schema else []
    return own + [name for value in schema.values() for name in _references(value)]


def _partial(schema: Schema, waiting: list[str]) -> Schema:
    """One schema, whatever it holds made optional. Lists are replaced whole, so what they hold stays as it is."""
    if "$ref" in schema:
        name = schema["$ref"].removeprefix(_REF)
        waiting.append(name)
        return {"$ref": f"{_REF}{_PREFIX}{name}", **_words(schema)}
    if "anyOf" in schema:
        return {"anyOf": [_partial(arm, waiting) for arm in schema["anyOf"]], **_words(schema)}
    made = {key: value for key, value in schema.items() if key in _KEPT}
    for key in ("properties", "patternProperties"):
        if key in schema:
            made[key] = {name: _or_null(_partial(inner, waiting)) for name, inner in schema[key].items()}
    if isinstance(inner := schema.get("additionalProperties"), dict):
        made["additionalProperties"] = _or_null(_partial(inner, waiting))
    return made


def _words(schema: Schema) -> Schema:
    return {"description": schema["description"]} if "description" in schema else {}


def _or_null(schema: Schema) -> Schema:
    own = _words(schema)
    return {**own, "anyOf": [{k: v for k, v in schema.items() if k not in own}, {"type": "null"}]}
