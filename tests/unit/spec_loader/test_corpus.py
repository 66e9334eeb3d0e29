"""Each spec of the corpus gives exactly the findings that its first lines expect, at exactly these places."""

from __future__ import annotations

from pathlib import Path

import pytest
import spec_corpus


@pytest.mark.parametrize("path", spec_corpus.specs(), ids=lambda path: path.stem)
def test_what_is_found(path: Path) -> None:
    text = spec_corpus.read_bytes(path)
    assert spec_corpus.expected(text), "the first lines say what is expected"
    assert spec_corpus.found(text) == spec_corpus.expected(text)
