"""The few shapes that the schemas of our own objects are written in, so that each reads as a table of its fields."""

from __future__ import annotations

from typing import Any

Schema = dict[str, Any]

PRESERVE = "x-kubernetes-preserve-unknown-fields"
WHOLE = {"x-kubernetes-map-type": "atomic"}
"""Written by one manager, as a whole. What somebody adds is then a change of ours, and a key that goes leaves no null."""


def text(description: str, **more: Any) -> Schema:
    return {"description": description, "type": "string", **more}


def whole(description: str, **more: Any) -> Schema:
    return {"description": description, "type": "integer", "format": "int64", **more}


def yes_or_no(description: str) -> Schema:
    return {"description": description, "type": "boolean"}


def each(held: Schema, description: str, **more: Any) -> Schema:
    """A map from names to `held`."""
    return {"description": description, "type": "object", "additionalProperties": held, **more}


def many(held: Schema, description: str, **more: Any) -> Schema:
    return {"description": description, "type": "array", "items": held, **more}


def record(description: str, fields: Schema, **more: Any) -> Schema:
    return {"description": description, "type": "object", **more, "properties": fields}


def anything(description: str) -> Schema:
    """A mapping of which nothing is known."""
    return {"description": description, "type": "object", PRESERVE: True}
