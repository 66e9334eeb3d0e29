"""The examples: each is sound and in its one form, and compiles or is refused by exactly the names on record.

What a dialect has learnt since leaves the record: `python tests/support/example_specs.py` writes it anew.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from example_specs import EXAMPLES, GOLDEN, ROOT, environments, files, golden, name, outcome, systems

from trimtab.cli.checking import check
from trimtab.reconciler.preparing import prepare_folder
from trimtab.spec.fmt import format_text
from trimtab.spec.text_lines import text_at


def _id(path: Path) -> str:
    return name(path) if path.name == "mlsystem.yaml" else path.stem


@pytest.mark.parametrize("path", files(), ids=_id)
def test_it_is_sound_and_in_its_one_form(path: Path) -> None:
    checked = check(path, None)
    assert [f"{d.code} {d.span} {d.message}" for d in checked.diagnostics] == []
    assert format_text(checked.text, str(path)) == checked.text


@pytest.mark.parametrize("path", systems(), ids=_id)
async def test_it_compiles_or_what_is_refused_is_on_record(path: Path) -> None:
    assert await outcome(path) == golden(path).read_text(encoding="utf-8")


@pytest.mark.parametrize("path", systems(), ids=_id)
async def test_every_refusal_stands_at_the_key_that_it_names(path: Path) -> None:
    for environment in environments(path):
        prepared = await prepare_folder(path, environment)
        assert all(d.code.startswith("TT4") for d in prepared.diagnostics)
        for diagnostic in prepared.diagnostics if prepared.bundle is None else ():
            named = diagnostic.message.split("`")[1].partition(":")[0].rpartition(".")[2]
            assert text_at(prepared.texts[diagnostic.span.file], diagnostic.span) == named


def test_nothing_else_is_on_record() -> None:
    assert set(GOLDEN.glob("*")) == {golden(path) for path in systems()}


def test_every_example_is_described_and_listed() -> None:
    listed = (ROOT / "docs" / "examples.md").read_text(encoding="utf-8")
    for folder in EXAMPLES.iterdir():
        assert (folder / "README.md").read_text(encoding="utf-8").startswith("# ")
        assert f"](../examples/{folder.name}/README.md)" in listed
