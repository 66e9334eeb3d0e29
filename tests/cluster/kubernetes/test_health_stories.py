"""The statuses in our stories are such as their controllers can write: the published definitions take each of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from control_plane.crds import crds
from control_plane.reports import CannotBuild
from health_stories import Story, stories
from jsonschema import Draft202012Validator

SYSTEMS = ("jobset", "kserve", "kueue", "lws", "ray", "trainer", "volcano")


@pytest.fixture(scope="module")
def schemas() -> Mapping[tuple[str, str], Any]:
    try:
        definitions = [found for system in SYSTEMS for found in crds(system)]
    except CannotBuild as reason:
        pytest.skip(str(reason))
    return {
        (f"{found['spec']['group']}/{version['name']}", found["spec"]["names"]["kind"]): version["schema"]
        for found in definitions
        for version in found["spec"]["versions"]
    }


def refused(story: Story, schemas: Mapping[tuple[str, str], Any]) -> list[str]:
    schema = schemas[story.object["apiVersion"], story.object["kind"]]["openAPIV3Schema"]["properties"][
        "status"
    ]
    errors = Draft202012Validator(_closed(schema)).iter_errors(story.object.get("status", {}))
    return [f"{story.page}: {story.told}: {error.json_path}: {error.message}" for error in errors]


def _closed(schema: Any) -> Any:
    """An API server drops fields that a definition does not name; here they are errors."""
    if not isinstance(schema, dict):
        return schema
    below = {name: _closed(value) for name, value in schema.items() if name != "properties"}
    if "properties" in schema:
        below["properties"] = {name: _closed(value) for name, value in schema["properties"].items()}
        below.setdefault("additionalProperties", False)
    return below


def test_definitions_take_the_statuses(schemas: Mapping[tuple[str, str], Any]) -> None:
    known = [s for s in stories() if (s.object["apiVersion"], s.object["kind"]) in schemas]
    assert len({(s.object["apiVersion"], s.object["kind"]) for s in known}) == 9
    assert [text for story in known for text in refused(story, schemas)] == []
