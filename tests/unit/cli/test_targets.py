"""A spec that another process has understood is the same as one that was understood here."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

import pytest

from trimtab.cli import systems
from trimtab.cli.compiling import compiled
from trimtab.cli.complaint import Complaint
from trimtab.compiler.packed import unpacked
from trimtab.reconciler.files import origin_of
from trimtab.reconciler.wanted import Wants

DIGITS = Path(__file__).parents[3] / "examples" / "digits" / "mlsystem.yaml"


@pytest.mark.parametrize("environment", ["laptop", "cluster"])
async def test_it_means_the_same_and_knows_the_same_lines(environment: str) -> None:
    here = await systems.target(Namespace(spec=str(DIGITS), environment=environment))
    apart = systems.target_of(compiled(DIGITS, environment), environment, here.origin)
    assert apart.understood.target == here.understood.target
    wants = [Wants(each.bundle, "source", "cluster", {}) for each in (here, apart)]
    assert wants[0].applied.digest == wants[1].applied.digest
    for mine, theirs in zip(here.bundle.manifests, apart.bundle.manifests, strict=True):
        assert unpacked(theirs.body) == mine.body
        assert [apart.locate(theirs.origin(f)) for f in mine.provenance] == [
            here.locate(mine.origin(f)) for f in mine.provenance
        ]


def test_what_is_wrong_is_told_and_ends_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spec = tmp_path / "mlsystem.yaml"
    spec.write_text(DIGITS.read_text().replace("nodes: 2", "nodes: two"))
    with pytest.raises(Complaint, match="is not right, and nothing was done"):
        systems.target_of(compiled(spec, None), None, origin_of(spec))
    assert "mlsystem.yaml:" in capsys.readouterr().err
