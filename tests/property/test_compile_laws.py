"""Whatever a spec says of what can be compiled, compiling gives a bundle or findings, and the same ones again."""

from __future__ import annotations

from typing import Any

import pytest
from compiled_specs import SOURCES, TARGETS
from hypothesis import given, settings
from hypothesis import strategies as st
from spec_changes import CHANGES
from spec_trees import Path, place, resolved, tree

from trimtab.compiler import compile_system
from trimtab.compiler.emit import emit, files


@pytest.mark.parametrize("environment", TARGETS)
@settings(deadline=None, max_examples=60)
@given(changes=st.lists(st.sampled_from(sorted(CHANGES.items(), key=str)), max_size=6))
def test_compiling_never_raises_and_always_says_the_same(
    environment: str, changes: list[tuple[Path, Any]]
) -> None:
    document = tree()
    for path, value in changes:
        place(document, path, value)
    found = resolved(document, environment)
    result = compile_system(found, TARGETS[environment], SOURCES)
    assert (result.bundle is None) == (found.system is None or any(d.is_error for d in result.diagnostics))
    assert compile_system(found, TARGETS[environment], SOURCES) == result
    if result.bundle is not None:
        assert emit(result.bundle.manifests)
        assert files(result.bundle)
