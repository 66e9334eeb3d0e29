"""The language as a JSON Schema, for editors and for whoever checks specs without us.

It says what the model says of shapes: keys, types, formats, short forms, one-ofs. Rules between sections have no
place in it. Generated from the model and nothing else; `python -m trimtab.spec.json_schema schemas` writes the files
that are committed.
"""

from __future__ import annotations

import json
from typing import Any

from trimtab.spec.json_schema.draft07 import in_draft_07
from trimtab.spec.json_schema.generator import Generator
from trimtab.spec.json_schema.overrides import with_typed_overrides
from trimtab.spec.json_schema.structural import structural
from trimtab.spec.model import MLSystem
from trimtab.spec.model.platform import MLPlatform

__all__ = ["files", "json_schema", "platform_schema", "schema_text", "structural_spec"]

DIALECT = "https://json-schema.org/draft/2020-12/schema"
ADDRESS = "https://trimtab.dev/schemas/v1/"


def json_schema() -> dict[str, Any]:
    """The schema of `kind: MLSystem`, in 2020-12."""
    schema = MLSystem.model_json_schema(by_alias=True, schema_generator=Generator)
    head = {"$schema": DIALECT, "$id": f"{ADDRESS}mlsystem.json", "title": "MLSystem"}
    return with_typed_overrides({**head, **schema})


def platform_schema() -> dict[str, Any]:
    """The schema of `kind: MLPlatform`."""
    schema = MLPlatform.model_json_schema(by_alias=True, schema_generator=Generator)
    return {"$schema": DIALECT, "$id": f"{ADDRESS}mlplatform.json", "title": "MLPlatform", **schema}


def structural_spec() -> dict[str, Any]:
    """The schema of an MLSystem's `spec` for a CustomResourceDefinition: structural, without references."""
    schema = MLSystem.model_json_schema(by_alias=True, schema_generator=Generator)
    spec: dict[str, Any] = structural(schema)["properties"]["spec"]
    return spec


def schema_text() -> str:
    """As it is written beside specs: always the same bytes for the same model."""
    return _text(json_schema())


def files() -> dict[str, str]:
    """Every committed schema, by its path below `schemas/`."""
    schemas = {"mlsystem": json_schema(), "mlplatform": platform_schema()}
    return {
        f"v1/{name}{suffix}.json": _text(made)
        for name, schema in schemas.items()
        for suffix, made in (("", schema), (".draft-07", in_draft_07(schema)))
    }


def _text(schema: dict[str, Any]) -> str:
    return json.dumps(schema, indent=1, ensure_ascii=False) + "\n"
