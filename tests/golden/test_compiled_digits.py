"""The example compiles to these very bytes; `python tests/support/golden_digits.py` writes them anew."""

from __future__ import annotations

import pytest
from compiled_specs import TARGETS
from golden_digits import GOLDEN, written


@pytest.mark.parametrize("environment", TARGETS)
def test_the_example_compiles_to_what_it_did(environment: str) -> None:
    folder = GOLDEN / environment
    there = {p.relative_to(folder).as_posix(): p.read_text(encoding="utf-8") for p in folder.rglob("*.yaml")}
    now = written(environment)
    assert sorted(now) == sorted(there)
    for name, text in now.items():
        assert text == there[name], name
