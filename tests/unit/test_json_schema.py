"""The schema that editors read agrees with the model on what may be written."""

from __future__ import annotations

from typing import Any

from trimtab.spec.json_schema import json_schema, schema_text

DEFINITIONS: dict[str, dict[str, Any]] = json_schema()["$defs"]


def test_the_same_model_gives_the_same_bytes() -> None:
    assert schema_text() == schema_text()


def test_a_mapping_is_closed_and_names_have_a_pattern() -> None:
    training = DEFINITIONS["Spec"]["properties"]["training"]
    assert DEFINITIONS["Training"]["additionalProperties"] is False
    assert training["additionalProperties"] is False
    assert list(training["patternProperties"].values()) == [{"$ref": "#/$defs/Training"}]


def test_a_short_form_may_be_written() -> None:
    short, long = DEFINITIONS["Retries"]["anyOf"]
    assert (short["type"], long["type"]) == ("integer", "object")


def test_exactly_one_of_a_one_of() -> None:
    assert DEFINITIONS["Schedule"]["oneOf"] == [{"required": [name]} for name in ("cron", "every", "after")]


def test_a_list_may_be_written_as_its_only_item() -> None:
    kinds = DEFINITIONS["Accelerator"]["properties"]["type"]["anyOf"]
    assert [kind["type"] for kind in kinds] == ["array", "string"]


def test_null_is_never_a_default() -> None:
    properties = [p for d in DEFINITIONS.values() for p in d.get("properties", {}).values()]
    assert all(p.get("default", "") is not None for p in properties)


def test_every_key_is_described() -> None:
    missing = [
        f"{name}.{key}"
        for name, definition in DEFINITIONS.items()
        for key, value in definition.get("properties", {}).items()
        if not value.get("description") and "$ref" not in value
    ]
    assert missing == []
