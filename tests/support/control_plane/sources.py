"""A system as its authors published it, at the one version that is pinned: CRDs, default manifests."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import yaml

from control_plane.building import MODULES
from control_plane.reports import CannotBuild
from control_plane.toolchain import asked_by, find_go


def source(module: str, pinned_by: str = "crds") -> Path:
    """The module's folder, read-only, in Go's own cache; checked against go.sum. Raises `CannotBuild`.

    `pinned_by` is a folder of `modules/`.
    """
    pins = MODULES / pinned_by
    told = subprocess.run(
        [find_go(asked_by(pins)), "mod", "download", "-json", f"{module}@{version(module, pinned_by)}"],
        cwd=pins,
        env={**os.environ, "GOFLAGS": "-mod=readonly", "GOWORK": "off", "GOTOOLCHAIN": "local"},
        capture_output=True,
        text=True,
    )
    answer = json.loads(told.stdout or "{}")
    if "Dir" not in answer:
        raise CannotBuild(f"{module} can't be had: {answer.get('Error') or told.stderr.strip()}")
    return Path(answer["Dir"])


def version(module: str, pinned_by: str = "crds") -> str:
    pins = MODULES / pinned_by / "go.mod"
    found = re.search(rf"{re.escape(module)} (v\S+)", pins.read_text())
    assert found is not None, f"{module} is not pinned in {pins}"
    return found[1]


class _Loader(yaml.CSafeLoader):
    """YAML as Go reads it: an equals sign is a text."""


_Loader.add_constructor("tag:yaml.org,2002:value", lambda _, node: str(node.value))


def objects(text: str | bytes) -> list[dict[str, Any]]:
    """Every document that is not empty."""
    return [found for found in yaml.load_all(text, _Loader) if found]
