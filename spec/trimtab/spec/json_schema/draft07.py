"""The same schema in draft-07, for editors and libraries that know no newer one."""

from __future__ import annotations

from typing import Any

DIALECT = "http://json-schema.org/draft-07/schema#"
_NAMES = {"$defs": "definitions", "dependentRequired": "dependencies"}


def in_draft_07(schema: dict[str, Any]) -> dict[str, Any]:
    return {**_translated(schema), "$schema": DIALECT}


def _translated(node: Any) -> Any:
    if isinstance(node, list):
        return [_translated(item) for item in node]
    if not isinstance(node, dict):
        return node
    made = {_NAMES.get(key, key): _translated(value) for key, value in node.items()}
    if isinstance(reference := made.get("$ref"), str):
        target = {"$ref": reference.replace("#/$defs/", "#/definitions/")}
        # Beside `$ref`, draft-07 reads nothing.
        return (
            target
            if len(made) == 1
            else {"allOf": [target], **{k: v for k, v in made.items() if k != "$ref"}}
        )
    return made
