"""Which specs of a commit a daemon follows: what `trimtab check` would take of the same folder on disk."""

from __future__ import annotations

import pytest

from trimtab.reconciler.selection import Selection

PATHS = (
    "README.md",
    "mlplatform.yaml",
    "mlsystem.yaml",
    "teams/credit/settings.yaml",
    "teams/credit/mlsystem.yaml",
    "teams/fraud/big.mlsystem.yml",
    "teams/fraud/deep/mlsystem.yaml",
    "teams/fraud/.old/mlsystem.yaml",
    "teams/node_modules/mlsystem.yaml",
)


@pytest.mark.parametrize(
    ("patterns", "expected"),
    [
        ([""], {"mlsystem.yaml", PATHS[4], PATHS[5], PATHS[6]}),
        (["teams/fraud"], {PATHS[5], PATHS[6]}),
        (["teams/*/mlsystem.yaml"], {PATHS[4], "teams/node_modules/mlsystem.yaml"}),
        (["teams/**/*mlsystem.y*ml"], {PATHS[4], PATHS[5], PATHS[6], "teams/node_modules/mlsystem.yaml"}),
        (["*.yaml"], {"mlsystem.yaml"}),
        (["teams/credit/settings.yaml", "mlplatform.yaml"], {PATHS[3], "mlplatform.yaml"}),
        (["teams/fraud/.old"], {"teams/fraud/.old/mlsystem.yaml"}),
        (["teams/fraud", "teams/**/mlsystem.yaml"], {PATHS[4], PATHS[5], PATHS[6], PATHS[8]}),
        (["teams/fra"], set()),
    ],
)
def test_paths_that_patterns_mean(patterns: list[str], expected: set[str]) -> None:
    assert Selection(tuple(patterns)).of(PATHS) == sorted(expected)


def test_what_means_nothing_is_known() -> None:
    selection = Selection(("teams/fraud", "gone/mlsystem.yaml", "teams/x*"))
    assert selection.without_match(PATHS) == ["gone/mlsystem.yaml", "teams/x*"]
