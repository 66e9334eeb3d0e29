"""The command line is killed before and after every write of a real cluster: see tests/e2e/test_killed_writer.py."""

from __future__ import annotations

from itertools import count
from pathlib import Path

import pytest
from blinking import blinking, kill_around_first_applies, kill_around_prunes, kill_around_updates
from system_homes import BOTH

pytestmark = pytest.mark.soak

SLICES = 3


@pytest.mark.parametrize("kind", BOTH)
@pytest.mark.parametrize("share", range(SLICES))
def test_a_kill_around_every_write_of_a_first_apply(
    request: pytest.FixtureRequest, tmp_path: Path, kind: str, share: int
) -> None:
    writes = kill_around_first_applies(request, kind, tmp_path, count(share, SLICES))
    print(f"first apply: {writes} writes")


@pytest.mark.parametrize("kind", BOTH)
def test_a_kill_around_every_write_of_a_change_of_a_run_and_of_its_promotion(
    request: pytest.FixtureRequest, tmp_path: Path, kind: str
) -> None:
    with blinking(request, kind, tmp_path / "blink") as system:
        print(f"change and promotion: {kill_around_updates(system, count())} writes")


@pytest.mark.parametrize("kind", BOTH)
def test_a_kill_around_every_write_of_a_prune(
    request: pytest.FixtureRequest, tmp_path: Path, kind: str
) -> None:
    with blinking(request, kind, tmp_path / "blink") as system:
        print(f"prune: {kill_around_prunes(system, count())} writes")
