"""The example as a plain tree with a few things more, to change one value of and compile."""

from __future__ import annotations

import json
from typing import Any

import yaml
from compiled_specs import CLUSTER, DIGITS, FILE, LOCAL, bundle

from trimtab.compiler.bundle import Bundle
from trimtab.spec.load import load
from trimtab.spec.resolve import Resolved, resolve

Path = tuple[str, ...]


def tree() -> dict[str, Any]:
    """Fresh at each call."""
    found = yaml.safe_load(DIGITS.read_text(encoding="utf-8"))
    spec = found["spec"]
    spec["data"]["datasets"] |= {"more": {}, "pinned": {"store": "scratch", "version": "v1"}}
    spec["data"]["datasets"]["images"]["expect"]["columns"]["name"] = {"type": "string"}
    del spec["training"]["classifier"]["evaluate"]["onHeldOut"]["resources"]
    spec["compute"]["pools"]["other"] = {"node": {"cpu": 4, "memory": "16Gi"}}
    spec["security"]["secrets"] = {"hf": {"existing": "hf-token"}, "s3": {"existing": "s3"}}
    return found  # type: ignore[no-any-return]


def place(document: dict[str, Any], path: Path, value: Any) -> None:
    """Write `value` at a path that starts below `spec`, or at `metadata`. None removes."""
    found = document if path[0] == "metadata" else document["spec"]
    for key in path[:-1]:
        if not isinstance(found.get(key), dict):
            found[key] = {}
        found = found[key]
    found[path[-1]] = value
    if value is None:
        del found[path[-1]]


def with_value(path: Path, value: Any) -> dict[str, Any]:
    """The tree with one value changed."""
    changed = tree()
    place(changed, path, value)
    return changed


def resolved(document: dict[str, Any], environment: str = "laptop") -> Resolved:
    return resolve(load(json.dumps(document), FILE), environment)


def compiled(document: dict[str, Any], environment: str = "laptop") -> Bundle:
    return bundle(resolved(document, environment), LOCAL if environment == "laptop" else CLUSTER)
