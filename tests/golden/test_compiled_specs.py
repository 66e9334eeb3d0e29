"""Small specs compile to these very bytes; `python tests/support/golden_specs.py` writes them anew."""

from __future__ import annotations

from pathlib import Path

import pytest
from golden_specs import SPECS, environments, written

from trimtab.spec.load import load
from trimtab.spec.resolve import resolve


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_it_compiles_to_what_it_did(path: Path) -> None:
    for environment in environments(path):
        folder = path.with_suffix("") / environment
        found = {
            p.relative_to(folder).as_posix(): p.read_text(encoding="utf-8") for p in folder.rglob("*.yaml")
        }
        assert written(path, environment) == found


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_it_is_sound(path: Path) -> None:
    for environment in environments(path):
        assert resolve(load(path.read_text(encoding="utf-8"), path.name), environment).diagnostics == ()
