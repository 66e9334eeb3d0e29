"""The schema that editors read agrees with the model on what may be written."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema.validators import validator_for

from trimtab.spec.json_schema import files, json_schema, schema_text
from trimtab.spec.json_schema.draft07 import in_draft_07
from trimtab.spec.load import load

ROOT = Path(__file__).parents[3]
SCHEMAS = ROOT / "schemas"
SOUND = [
    *sorted((Path(__file__).parent / "specs").glob("*.yaml")),
    *sorted(ROOT.glob("examples/*/mlsystem.yaml")),
]
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


def test_the_committed_schemas_are_current() -> None:
    for path, text in files().items():
        assert (SCHEMAS / path).read_text(encoding="utf-8") == text, (
            f"schemas/{path} is stale: run tools/generate.py"
        )


@pytest.mark.parametrize("schema", [json_schema(), in_draft_07(json_schema())], ids=["2020-12", "draft-07"])
def test_the_schema_is_one(schema: dict[str, Any]) -> None:
    validator_for(schema).check_schema(schema)


def judgements() -> Iterator[tuple[str, dict[str, Any], bool]]:
    """Specs that can be read, and whether the model takes them."""
    for path in [*SOUND, *sorted((ROOT / "tests" / "corpus").glob("*.yaml"))]:
        loaded = load(path.read_bytes().decode("utf-8", errors="surrogateescape"), path.name)
        if loaded.document.tree is not None and not loaded.document.diagnostics:
            yield path.stem, loaded.document.tree, loaded.system is not None


STRICTER = {"rule-override-of-the-platform", "schema-override-removes-an-unknown-key"}
"""The schema knows what can be overridden; the model leaves that to `resolve`."""


@pytest.mark.parametrize("schema", [json_schema(), in_draft_07(json_schema())], ids=["2020-12", "draft-07"])
def test_the_schema_and_the_model_agree(schema: dict[str, Any]) -> None:
    validator = validator_for(schema)(schema)
    judged = list(judgements())
    assert len(judged) > 60
    assert any(sound for _, _, sound in judged)
    disagreed = [name for name, tree, sound in judged if validator.is_valid(tree) != sound]
    assert set(disagreed) == STRICTER


def overriding(overrides: dict[str, Any]) -> dict[str, Any]:
    spec = {"environments": {"laptop": {"overrides": overrides}}}
    return {"apiVersion": "trimtab.dev/v1", "kind": "MLSystem", "metadata": {"name": "x"}, "spec": spec}


@pytest.mark.parametrize(
    ("overrides", "valid"),
    [
        ({"training": {"classifier": {"nodes": 1, "parallelism": None, "resources": {"gpu": 0}}}}, True),
        ({"training": {"classifier": None}}, True),
        ({"data": {"stores": {"lake": {"volume": {"size": "1Gi"}}}}}, True),
        ({"training": {"classifier": {"nodes": "two"}}}, False),
        ({"training": {"classifier": {"node": 1}}}, False),
        ({"training": {"no name": {"nodes": 1}}}, False),
        ({"defaultEnvironment": "laptop"}, False),
        ({"environments": {}}, False),
    ],
)
def test_overrides_are_a_part_of_the_spec(overrides: dict[str, Any], valid: bool) -> None:
    schema = json_schema()
    assert validator_for(schema)(schema).is_valid(overriding(overrides)) == valid


def test_editors_are_offered_an_example_of_each_section() -> None:
    (snippet,) = DEFINITIONS["Spec"]["properties"]["training"]["defaultSnippets"]
    assert list(snippet["body"]) == ["${1:classifier}"]


def test_defaults_are_shown_as_they_are_written() -> None:
    assert DEFINITIONS["Deployment"]["properties"]["drain"]["default"] == "30s"
    assert DEFINITIONS["Capture"]["properties"]["sample"]["default"] == "100%"


def test_names_that_only_the_cluster_knows_are_marked() -> None:
    assert DEFINITIONS["Volume"]["properties"]["class"]["x-known-to"] == "cluster"
    assert DEFINITIONS["Tls"]["properties"]["issuer"]["x-known-to"] == "cluster"
