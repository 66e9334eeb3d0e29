"""Pages of statuses, read: what a controller said of an object, and the health that it is to have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import yaml

FOLDER = Path(__file__).parents[1] / "unit" / "health" / "stories"


class Story(NamedTuple):
    page: str
    told: str
    object: Mapping[str, Any]
    owned: Sequence[Mapping[str, Any]]
    health: Mapping[str, Any]


def stories() -> Iterator[Story]:
    for file in sorted(FOLDER.glob("*.yaml")):
        page = yaml.safe_load(file.read_text())
        for story in page["stories"]:
            yield _story(file.stem, page["object"], story)


def _story(page: str, base: dict[str, Any], story: dict[str, Any]) -> Story:
    changed = _merged(base, story.get("object") or {})
    changed["spec"] = _merged(changed.get("spec") or {}, story.get("spec") or {})
    if "status" in story:
        changed["status"] = story["status"]
    return Story(page, story["told"], changed, story.get("owned") or (), story["health"])


def _merged(base: dict[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    both = dict(base)
    for name, value in more.items():
        if value is None:
            both.pop(name, None)
        elif isinstance(value, dict) and isinstance(both.get(name), dict):
            both[name] = _merged(both[name], value)
        else:
            both[name] = value
    return both
