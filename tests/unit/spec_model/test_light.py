"""A light check finds what a whole one finds, and a sound spec costs no import of pydantic."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import spec_corpus
import spec_pages

from trimtab.spec.diagnostic import Diagnostic
from trimtab.spec.load import load
from trimtab.spec.resolve import resolve

SPECS = Path(__file__).parent / "specs"


def findings(text: str, *, light: bool) -> list[tuple[Diagnostic, ...]]:
    loaded = load(text, "mlsystem.yaml", light=light)
    names: list[str | None] = [*loaded.system.spec.environments] if loaded.system else []
    return [loaded.diagnostics, *(resolve(loaded, name).diagnostics for name in names or [None])]


@pytest.mark.parametrize("path", [*spec_corpus.specs(), *SPECS.glob("*.yaml")], ids=lambda path: path.stem)
def test_on_files(path: Path) -> None:
    text = spec_corpus.read_bytes(path)
    assert findings(text, light=True) == findings(text, light=False)


@pytest.mark.parametrize("page", spec_pages.pages(), ids=lambda page: page.stem)
def test_on_the_examples_of_pages(page: Path) -> None:
    for shown in spec_pages.examples(page.read_text(encoding="utf-8")):
        assert findings(shown.text, light=True) == findings(shown.text, light=False)


PROBE = """
import sys
from trimtab.spec.load import load
from trimtab.spec.resolve import resolve
loaded = load(sys.stdin.read(), "mlsystem.yaml")
for name in loaded.system.spec.environments:
    assert resolve(loaded, name).system is not None
print([name for name in sys.modules if name.startswith(("pydantic", "annotated_types"))])
"""


def test_a_sound_spec_imports_no_pydantic() -> None:
    text = (SPECS / "fraud.yaml").read_text(encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-c", PROBE], input=text, capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"
